"""`newstrace sites check`: is what is written in the catalogue, the outlets and the wordings right?"""

from collections.abc import Iterator

from crawler.sites import catalogue_in_use, home, own_outlets, shipped_outlets
from crawler.wordings import wordings


def check_sites(path: str | None) -> Iterator[tuple[str, int]]:
    """(what was checked, how many of them). Raises BadCatalogue for a file that breaks its rules."""
    yield "sites", len(catalogue_in_use(path).sites)
    yield "outlets that get credited", len({*own_outlets(), *shipped_outlets()})
    yield "wordings", len(wordings(home()).rules)
