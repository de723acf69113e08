"""The press world answers as web servers do."""

import gzip
import urllib.error
import urllib.request

import lxml.etree
import pytest

from demo.server import PressWorld
from demo.world import load_sites

SITES = load_sites()
FEEDS = [(site, path) for site in SITES.values() for path in site.house.endpoints]


@pytest.fixture(scope="module")
def world():
    with PressWorld() as running:
        yield running


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect to the test."""

    def redirect_request(self, *args):
        return None


def get(world, url, method="GET", **headers):
    """Status, headers and body of a URL by way of the proxy."""
    proxy = urllib.request.ProxyHandler({"http": world.proxy_url})
    opener = urllib.request.build_opener(proxy, NoRedirect)
    request = urllib.request.Request(url, headers=headers, method=method)
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.mark.parametrize(("site", "path"), FEEDS, ids=lambda x: getattr(x, "domain", x))
def test_feeds_and_sitemaps_are_xml_and_list_what_exists(world, site, path):
    status, _, body = get(world, f"http://{site.domain}{path}")
    tree = lxml.etree.fromstring(gzip.decompress(body) if path.endswith(".gz") else body)
    listed = tree.xpath(
        "//*[local-name()='loc' or local-name()='link'][not(@href)]/text() | //*[local-name()='link']/@href"
    )
    assert status == 200
    assert listed
    assert all(get(world, url)[0] in (200, 301) for url in listed)


@pytest.mark.parametrize("domain", SITES)
def test_every_page_of_a_site_is_there(world, domain):
    for path in ["/", "/robots.txt", *(page.path for page in SITES[domain].pages)]:
        status, headers, body = get(world, f"http://{domain}{path}")
        assert (status, bool(body)) == (200, True)
        assert headers["ETag"]
        assert headers["Last-Modified"]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://nowhere.example/", 502),
        ("http://hotnews.example/news/no-such-story", 404),
        ("http://247newsreel.example/photo-of-the-week-vote/", 404),
        ("http://cnn.example/?utm_source=rss", 200),
        ("http://hotnews.example/news/ferry-timetable-old", 301),
        ("http://hotnews.example/images/typhon.jpg", 200),
    ],
)
def test_the_status_fits_the_address(world, url, status):
    assert get(world, url)[0] == status


def test_a_redirect_names_the_new_place(world):
    _, headers, _ = get(world, "http://hotnews.example/news/ferry-timetable-old")
    assert get(world, headers["Location"])[0] == 200


def test_an_unchanged_page_is_answered_304(world):
    url = "http://cnn.example/"
    _, headers, _ = get(world, url)
    by_tag = get(world, url, **{"If-None-Match": headers["ETag"]})
    by_date = get(world, url, **{"If-Modified-Since": headers["Last-Modified"]})
    other_tag = get(world, url, **{"If-None-Match": '"other"', "If-Modified-Since": headers["Last-Modified"]})
    assert (by_tag[0], by_date[0], other_tag[0]) == (304, 304, 200)
    assert by_tag[2] == b""


def test_head_sends_no_body(world):
    assert get(world, "http://cnn.example/", method="HEAD")[::2] == (200, b"")


def test_the_amp_variant_names_its_canonical(world):
    _, _, body = get(world, "http://morrowdigest.example/amp/d/lighthouse-keepers-vote")
    assert b'<link rel="canonical" href="http://morrowdigest.example/d/lighthouse-keepers-vote">' in body


def test_some_feed_links_carry_tracking_parameters(world):
    assert b"utm_source=rss" in get(world, "http://cnn.example/rss/top.xml")[2]


def test_a_feed_is_discoverable_from_the_front_page(world):
    assert b'type="application/rss+xml"' in get(world, "http://dunmere-courier.example/")[2]


def test_the_dateless_pair_gets_no_hour_from_a_header(world):
    urls = (
        "http://northharbour-post.example/post/goat-closes-bypass",
        "http://quayside-echo.example/story/goat-on-the-bypass",
    )
    assert len({get(world, url)[1]["Last-Modified"] for url in urls}) == 1
