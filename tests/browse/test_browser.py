"""The pages in a real Chromium: looked up, followed, filtered, judged, on a phone, with the keyboard."""

import re

import pytest

from db.browse.answer import Tools
from dedupe.match import compare_texts
from dedupe.pasted import trace_text
from tests.browse.stage import DEMANDED, PAGE, SOURCE, make_demo, missing, served, started

if missing() and not DEMANDED:
    pytest.skip(f"no browser to look with: {missing()}", allow_module_level=True)

PHONE = {"width": 375, "height": 740}
SECRET = "the-secret-of-this-test"
PATHS = ("/", "/-/trace", f"/-/trace?url={PAGE}", f"/-/compare?a={PAGE}&b={SOURCE}", "/-/flows",
         "/-/outlet/hotnews.example", "/-/compare", "/-/trace?url=https://nowhere.example/1")  # fmt: skip


@pytest.fixture(scope="module")
def chrome():
    with started() as made:
        yield made


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    path = make_demo(tmp_path_factory.mktemp("demo") / "demo.db")
    tools = Tools(trace_text=trace_text, compare=compare_texts, path=path, secret=SECRET)
    with served(path, tools) as base:
        yield base


@pytest.fixture
def page(chrome):
    context = chrome.new_context(viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    shown.set_default_timeout(15_000)
    shown.wrong = []
    shown.on("console", lambda message: shown.wrong.append(message.text))
    shown.on("dialog", lambda dialog: (shown.wrong.append("a dialog"), dialog.dismiss()))
    shown.on("pageerror", lambda error: shown.wrong.append(str(error)))
    yield shown
    context.close()


def test_the_chain_behind_a_page_is_looked_up_read_and_followed(page, demo):
    page.goto(demo)
    page.get_by_label("Where did the story at this address come from?").fill(f"{PAGE}?utm_source=x")
    page.get_by_role("button", name="Trace").click()
    assert page.locator(".status").inner_text().startswith("Traced.")
    places = {}
    for box in page.locator(".chart foreignObject").all():
        places[box.locator(".outlet").inner_text()] = box.bounding_box()["x"]
    assert places["CNN"] == places["AFP"] < places["HotNews"] < places["247 news reel"]
    assert "Source: Hot News RU" in page.locator(".link").first.inner_text()
    page.get_by_role("link", name="Both texts side by side").first.click()
    assert page.locator(".pair .text").count() == 2
    passage = page.locator(".text").first.locator("a.shared").nth(3)
    words = passage.inner_text()
    passage.click()
    assert page.locator("a.shared:target").inner_text() == words
    assert page.wrong == []


def test_flows_are_filtered_and_sorted(page, demo):
    page.goto(f"{demo}/-/flows")
    every = page.locator(".flows tbody tr").count()
    page.get_by_label("Relation").select_option("excerpts")
    page.get_by_role("button", name="Show").click()
    rows = page.locator(".flows tbody tr .rel").all_inner_texts()
    assert 0 < len(rows) < every
    assert all(row.startswith("excerpts") for row in rows)
    page.get_by_role("link", name="Source", exact=True).click()
    assert "relation=excerpts" in page.url
    names = page.locator(".flows tbody tr td:first-child").all_inner_texts()
    assert names == sorted(names, key=str.lower)


def test_a_pasted_text_finds_its_pages(page, demo):
    page.goto(f"{demo}/-/trace?url={SOURCE}")
    page.goto(f"{demo}/-/compare?a={PAGE}&b={SOURCE}")
    text = " ".join(page.locator(".text").last.locator(":scope > p").all_inner_texts()[:8])
    page.goto(f"{demo}/-/trace")
    page.get_by_text("Or paste a text").click()
    page.locator("#text").fill(text)
    page.get_by_role("button", name="Find it").click()
    assert "Pages stored here carry this text" in page.locator(".status").inner_text()
    assert "HotNews" in page.locator(".link").all_inner_texts()[0] + page.locator(".chart").inner_text()


def test_a_link_is_judged_only_after_the_printed_address_was_opened(page, demo):
    pair = "http://northharbour-post.example/post/young-eels-climb-weir"
    page.goto(f"{demo}/-/trace?url={pair}")
    assert page.get_by_text("Judge this link").count() == 0
    page.goto(f"{demo}/-/write?token={SECRET}")
    page.goto(f"{demo}/-/trace?url={pair}")
    page.get_by_text("Judge this link").first.click()
    page.get_by_label("Why").first.fill("rang them up")
    page.get_by_role("button", name=re.compile("took it from")).first.click()
    assert "a person's judgement" in page.locator(".link").first.inner_text()


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_wider_than_a_phone(chrome, demo, path):
    context = chrome.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(demo + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    inner = "[...document.querySelectorAll('.flows')].map(t => t.scrollWidth - t.parentElement.clientWidth)"
    assert max(page.evaluate(inner), default=0) <= 0
    if "trace?url=http://247" in path:
        assert not page.locator(".chart").is_visible()
        assert page.locator(".steps").is_visible()
    context.close()


@pytest.mark.parametrize("path", PATHS)
def test_the_keyboard_comes_to_the_content_first(page, demo, path):
    page.goto(demo + path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_bookmark_looks_up_the_page_it_is_chosen_on(page, demo):
    page.goto(demo)
    page.get_by_text("A bookmark that looks up").click()
    code = page.get_by_text("javascript:").inner_text()
    here = f"{demo}/-/flows?relation=excerpts&credit=full"
    page.goto(here)
    with page.expect_navigation():
        page.evaluate(code.removeprefix("javascript:"))
    assert page.locator("#url").input_value() == here


@pytest.mark.parametrize("path", PATHS)
def test_nothing_moves_while_a_page_comes_up(page, demo, path):
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "e => { window.moved += e.value })).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(demo + path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.moved") < 0.01


def test_a_printed_chain_opens_what_is_folded_and_leaves_out_what_cannot_be_printed(page, demo):
    page.goto(f"{demo}/-/trace?url={PAGE}")
    passage = page.locator(".passages blockquote").first
    assert not passage.is_visible()
    page.emulate_media(media="print")
    assert passage.bounding_box()["height"] > 20
    for left_out in (".top", ".lookup", ".do", ".next"):
        assert not page.locator(left_out).first.is_visible()


def test_hostile_words_are_shown_as_words(page, small):
    with served(small, Tools()) as base:
        for path in ("/", "/-/trace?url=https://copy.example/1", "/-/flows", "/-/outlet/copy.example",
                     "/-/compare?a=https://copy.example/1&b=https://source.example/1",
                     "/-/trace?url=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):  # fmt: skip
            page.goto(base + path)
            assert page.locator("main script, main img, [onerror], [onload]").count() == 0
        page.goto(f"{base}/-/trace?url=https://copy.example/1")
        assert "<script>alert('owned')</script>{{7*7}}" in page.locator("h1").inner_text()
        assert not [told for told in page.wrong if "dialog" in told or "violates" in told]


def test_a_text_from_the_right_stands_on_the_right(page, small):
    with served(small, Tools()) as base:
        page.goto(f"{base}/-/trace?url=https://alone.example/1")
        assert page.locator("h1 span").evaluate("e => getComputedStyle(e).direction") == "rtl"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(chrome, demo, path, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    context = chrome.new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(demo + path)
    found = axe.Axe().run(page).response["violations"]
    context.close()
    serious = [
        (v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")
    ]
    assert serious == []
