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


@pytest.mark.parametrize(
    "script",
    [
        "window.__PRELOADED_STATE__ = {state};",
        "var a=1;window.App=window.App||{{}};App.content={state};App.spa=false;",
        'window.__STATE__={{"user":undefined,"page":{state}}}',
        "window.__STATE__ = JSON.parse({quoted});",
    ],
)
def test_the_state_may_be_assigned_to_a_variable(script):
    state = json.dumps({"menu": MENU, "content": [{"type": "text", "content": line} for line in STORY]})
    made = (
        f"<html><body><script>{script.format(state=state, quoted=json.dumps(state))}</script></body></html>"
    )
    assert app_text(open_page(made)) == STORY


def test_a_paragraph_may_be_made_of_pieces_and_what_is_no_paragraph_is_left_out():
    pieces = [
        {"type": "paragraph", "children": [{"text": line[:20]}, {"bold": True, "text": line[20:]}]}
        for line in STORY
    ]
    other = {
        "type": "interstitial_link",
        "content": "Eels are back in the river, and so are the men with nets.",
    }
    assert app_text(open_page(page({"body": [*pieces[:3], other, *pieces[3:]]}))) == STORY


def test_articles_in_a_list_are_no_paragraphs():
    others = [{"headline": f"Story {n}", "body": [{"text": line} for line in STORY[:4]]} for n in range(30)]
    assert app_text(open_page(page({"more": others, "body": [{"text": line} for line in STORY]}))) == STORY


def test_an_hour_in_the_state_speaks_for_the_day_in_the_address():
    state = json.dumps({"display_date": "2026-05-04T10:05:00Z", "body": [{"text": line} for line in STORY]})
    found = read_page(
        f"<html><body><script>window.S={state}</script></body></html>",
        "https://tarn-herald.example/2026/05/04/bridge-shut",
        names=Names([]),
        now=datetime(2026, 6, 1, tzinfo=UTC),
    )
    assert found.published == datetime(2026, 5, 4, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize("script", ["={" * 50_000, "=[" * 50_000, 'JSON.parse("' * 9_000, '":' * 90_000])
def test_scripts_that_are_no_state_are_read_in_time(script):
    assert app_text(open_page(f'<html><body><script>x{script}":</script></body></html>')) == []


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
