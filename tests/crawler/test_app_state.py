"""The article in the JSON that a page hands to its own scripts."""

import json
from datetime import UTC, datetime

import pytest

from crawler.app_state import app_day, app_text
from crawler.extract import read_page
from crawler.markup import open_page
from db.outlets import Names

STORY = [
    "The harbour board met on Monday evening and spoke for two hours about the old bridge of Harwick.",
    "A crane is to come upriver before the weekend, if the water is high enough, the harbour master said.",
    "The ferry will run twice an hour in the meantime, and once an hour after midnight, until it is mended.",
    "Bakers on the island side asked for an earlier boat, because the ovens cannot wait for the town.",
    "The board will meet again in a week, and the town may listen from the gallery, as it always could.",
    "Repairs are expected to cost about forty thousand crowns, most of which the county will have to pay.",
    "Nobody spoke for the eels.",
]
MENU = [{"text": f"Section {n}"} for n in range(90)]


def page(state, title="Bridge"):
    held = json.dumps(state) if not isinstance(state, str) else state
    return (
        f"<html lang=en><head><title>{title}</title></head><body><div id=__next></div>"
        f'<script id="__NEXT_DATA__" type="application/json">{held}</script></body></html>'
    )


@pytest.mark.parametrize(
    "body",
    [
        [{"type": "paragraph", "text": line} for line in STORY],
        [{"kind": "html", "content": f"<p>{line}</p>"} for line in STORY],
        STORY,
        "".join(f"<p>{line}</p>" for line in STORY),
    ],
)
def test_the_text_is_the_prose_of_the_state(body):
    made = page(
        {"menu": MENU, "props": {"article": {"body": body, "publishedAt": "2026-05-04T10:00:00.000Z"}}}
    )
    assert app_text(open_page(made)) == STORY
    found = read_page(
        made, "https://tarn-herald.example/a-b-c", names=Names([]), now=datetime(2026, 6, 1, tzinfo=UTC)
    )
    assert (found.kind, found.text.split("\n"), found.extractor) == ("article", STORY, "app state")
    assert found.published == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_a_menu_is_no_prose_and_broken_json_none_at_all():
    assert app_text(open_page(page({"menu": MENU}))) == []
    assert app_text(open_page(page("{'broken"))) == []
    assert app_text(open_page(page("[" * 100_000))) == []
    assert app_day(open_page(page({"menu": MENU}))) is None


def test_what_a_page_shows_is_not_displaced_by_its_state():
    shown = "".join(f"<p>{line} So it is shown.</p>" for line in STORY)
    made = page({"body": STORY}).replace("<div id=__next></div>", f"<main><h1>Bridge</h1>{shown}</main>")
    found = read_page(made, "https://t.example/a-b", names=Names([]), now=datetime(2026, 6, 1, tzinfo=UTC))
    assert "So it is shown." in found.text
