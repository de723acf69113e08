"""`newstrace sites check`: is what is written in the user's and the shipped files right?"""

from collections.abc import Iterator

from crawler.credits import in_example
from crawler.sites import Catalogue, catalogue_in_use, home, names, own_outlets, shipped_outlets
from crawler.wordings import Rule, Wordings, wordings
from db.errors import BadCatalogue
from db.licences import read_licences
from db.outlets import Names


def check_sites(path: str | None) -> Iterator[tuple[str, int]]:
    """(what was checked, how many of them).

    Raises BadCatalogue for a file that breaks its rules, or a wording that does not find the names
    its own example is said to hold.
    """
    catalogue = catalogue_in_use(path)
    yield "sites", len(catalogue.sites)
    yield "outlets that get credited", len({*own_outlets(), *shipped_outlets()})
    yield "wordings", _tried(wordings(home()), catalogue)
    licences = home() / "licences.toml"
    if licences.exists():
        yield "licences", len(read_licences(licences))


def _tried(known: Wordings, catalogue: Catalogue) -> int:
    """How many wordings there are; each is tried on its own example."""
    count, outlets = 0, names(catalogue)
    for language, rules in known.rules.items():
        for rule in rules:
            count += 1
            if rule.kind == "subject_mention":
                continue  # takes names out of the running, and finds none
            found = {name for name, _ in in_example(rule, known, outlets)}
            if found != set(rule.names):
                _blame_own_names(rule, known, catalogue)
                raise BadCatalogue(
                    f"wording {rule.id} ({language}): its example holds {sorted(found) or 'no name'}, "
                    f"its `names` say {sorted(rule.names)}: {rule.example!r}"
                )
    return count


def _blame_own_names(rule: Rule, known: Wordings, catalogue: Catalogue) -> None:
    """Raises BadCatalogue where the user's own outlets alone spoil a wording's example."""
    without = Names([*(site.outlet for site in catalogue.sites), *shipped_outlets()])
    found = {name for name, _ in in_example(rule, known, without)}
    if own_outlets() and found == set(rule.names):
        raise BadCatalogue(
            f"{home() / 'outlets.toml'}: one of its names is a word of other texts too: with it the wording "
            f'{rule.id} is misread in its example {rule.example!r}. Give that name needs = "anchor"'
        )
