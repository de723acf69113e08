"""Which page answers at which address."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlite_utils import Database

from db.browse.answer import Answer, Ask
from db.browse.compare import compare
from db.browse.errands import errand
from db.browse.evidence import evidence
from db.browse.flows import flows
from db.browse.home import home
from db.browse.judging import enter, judge
from db.browse.outlet import outlet
from db.browse.trace import trace

STATIC = Path(__file__).parent / "static"


def style(db: Database, ask: Ask) -> Answer:  # noqa: ARG001 - the signature of every page
    """The one style sheet of our pages."""
    body, mark = _style()
    headers = {"ETag": mark, "Cache-Control": "max-age=60"}
    return Answer(body=body, type="text/css; charset=utf-8", headers=headers)


@cache
def _style() -> tuple[str, str]:
    body = (STATIC / "newstrace.css").read_text(encoding="utf-8")
    return body, f'"{sha256(body.encode()).hexdigest()[:16]}"'


Page = Callable[[Database, Ask], Answer]
PAGES: tuple[tuple[str, Page], ...] = (
    (r"^/$", home),
    (r"^/-/home(?P<form>\.json)$", home),
    (r"^/-/newstrace\.css$", style),
    (r"^/-/trace(?P<form>\.json)?$", trace),
    (r"^/-/compare(?P<form>\.json)?$", compare),
    (r"^/-/pack$", evidence),
    (r"^/-/judge$", judge),
    (r"^/-/write$", enter),
    (r"^/-/errand(?P<form>\.json)?$", errand),
    (r"^/-/flows(?P<form>\.(?:json|csv|graphml))?$", flows),
    (r"^/-/outlet/(?P<domain>[^?]{1,300}?)(?P<form>\.(?:json|atom))?$", outlet),
)
"""Every page with the pattern of its path."""

MENU = (
    ("/-/trace", "Look up an address"),
    ("/-/compare", "Two texts side by side"),
    ("/-/flows", "Who takes from whom"),
)
