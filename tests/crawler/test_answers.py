"""What a server's answer is: a page or not, in which charset, and why nothing came."""

import pytest
from scrapy import exceptions
from scrapy.http import HtmlResponse, Request, Response
from scrapy.spidermiddlewares.httperror import HttpError

from crawler import answers
from crawler.kept import to_keep
from crawler.middlewares import Failure, Refusal

URL = "https://quarry.example/news/stone"
CHINESE = "<html><body><p>采石场今天重新开放</p></body></html>"


def response(body, kind="text/html", url=URL, *, headers=None, **more):
    headers = {**({"Content-Type": kind} if kind else {}), **(headers or {})}
    return Response(url, body=body, headers=headers, **more)


@pytest.mark.parametrize(
    ("kind", "body", "page"),
    [
        ("text/html; charset=utf-8", b"<p>x", True),
        ("application/xhtml+xml", b"<p>x", True),
        ("", b"\n<!DOCTYPE html><p>x", True),
        ("text/plain", b"plain words", False),
        ("text/html", b"\x89PNG\r\n\x1a\n\x00\x00", False),
        ("text/html", "<html>x".encode("utf-16"), True),
        ("application/pdf", b"%PDF <html>", False),
        ("image/jpeg", b"\xff\xd8", False),
    ],
)
def test_what_is_a_page(kind, body, page):
    assert answers.is_html(response(body, kind)) is page


@pytest.mark.parametrize(
    ("kind", "start", "codec"),
    [
        ("text/html; charset=gb2312", "", "gb18030"),
        ("text/html", '<meta charset="gb2312">', "gb18030"),
        ("text/html; charset=utf-8", "", "utf-8"),
        ("text/html", "", None),
    ],
)
def test_the_charset_is_what_browsers_mean(kind, start, codec):
    assert answers.charset(response((start + "x").encode(), kind)) == codec


def test_a_page_whose_charset_only_the_header_told_is_kept_readable():
    sent = CHINESE.encode("gb18030")
    kept = to_keep(sent, answers.charset(response(sent, "text/html; charset=gb2312")))
    assert kept.decode("utf-8-sig") == CHINESE
    assert HtmlResponse(URL, body=kept).text == CHINESE


def test_a_page_that_names_its_charset_is_kept_as_sent():
    sent = f'<meta charset="gb2312">{CHINESE}'.encode("gb18030")
    assert to_keep(sent, answers.charset(response(sent, "text/html; charset=gb2312"))) == sent


@pytest.mark.parametrize(
    ("error", "refused", "failed"),
    [
        (Refusal("robots", "no"), "robots", None),
        (exceptions.UnsupportedURLSchemeError("file"), "private_address", None),
        (HttpError(response(b"", status=302, headers={"Location": "file:///x"})), "private_address", None),
        (HttpError(response(b"", status=302)), None, "http_302"),
        (HttpError(response(b"", status=304)), None, "http_304"),
        (Failure("bad_url", "redirected to javascript:"), None, "bad_url"),
        (HttpError(response(b"", status=404)), None, "http_404"),
        (exceptions.DownloadTimeoutError("slow"), None, "timeout"),
        (exceptions.DownloadCancelledError("big"), None, "too_large"),
        (exceptions.IgnoreRequest("exceeded DOWNLOAD_MAXSIZE"), None, "too_large"),
        (exceptions.IgnoreRequest("max redirections reached"), None, "redirect_loop"),
        (exceptions.CannotResolveHostError("x"), None, "no_such_host"),
        (exceptions.DownloadFailedError("certificate verify failed"), None, "certificate"),
        (exceptions.DownloadFailedError("reset"), None, "connection_lost"),
        (KeyError("x"), None, "KeyError"),
    ],
)
def test_every_failure_has_a_name(error, refused, failed):
    assert answers.refused(error) == refused
    if failed:
        assert answers.failed(error) == failed


def test_every_address_of_a_page_is_kept_once():
    request = Request(URL, meta={"redirect_urls": ["http://quarry.example/s/1", "http://quarry.example/s/2"]})
    page = response(b"", url=URL + "?utm_source=x", request=request)
    assert answers.article_urls(page, "http://quarry.example/s/1", []) == (
        ("http://quarry.example/s/1", "requested"),
        ("http://quarry.example/s/2", "redirect"),
        (URL, "redirect"),
    )


def test_a_deleted_page_that_leads_home_is_noticed():
    assert answers.led_home(response(b"", url="https://quarry.example/"), URL)
    assert not answers.led_home(response(b""), URL)
