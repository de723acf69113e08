"""Bytes into one tree."""

import pytest

from crawler.markup import MAX_BYTES, decode, few_words, one_line, open_page, paragraphs
from db.errors import Unreadable

WORDS = "Primăria a închis podul"


@pytest.mark.parametrize(
    ("raw", "charset", "words"),
    [
        (WORDS.encode(), None, WORDS),
        (WORDS.encode(), "iso-8859-1", WORDS),
        (WORDS.encode("utf-16"), None, WORDS),
        (WORDS.encode("utf-8-sig"), None, WORDS),
        (WORDS.encode("iso-8859-2"), "iso-8859-2", WORDS),
        (
            b'<meta charset="iso-8859-2">' + WORDS.encode("iso-8859-2"),
            None,
            '<meta charset="iso-8859-2">' + WORDS,
        ),
        ("旧桥今日封闭镕".encode("gb18030"), "gb2312", "旧桥今日封闭镕"),
        ("橋を閉鎖".encode("iso2022_jp"), "iso-2022-jp", "橋を閉鎖"),
        (b"caf\xe9", "utf-8", "café"),
    ],
)
def test_bytes_become_the_words_they_stand_for(raw, charset, words):
    assert decode(raw, charset) == words


@pytest.mark.parametrize(
    ("language", "encoding", "words"),
    [
        ("tr", "iso-8859-9", "Liman kurulu pazartesi akşamı eski köprüyü kapattı, şimdi yağmur yağıyor."),
        ("pl", "iso-8859-2", "Zarząd portu zamknął w poniedziałek wieczorem stary most dla wozów."),
        ("pl", "windows-1250", "Zarząd portu zamknął w poniedziałek wieczorem stary most dla wozów, źle."),
        ("ru", "windows-1251", "Вчера вечером совет порта закрыл старый мост для повозок."),
        ("el", "iso-8859-7", "Το συμβούλιο του λιμανιού έκλεισε την παλιά γέφυρα."),
        ("ar", "windows-1256", "أغلق مجلس الميناء مساء الاثنين الجسر القديم أمام العربات"),
        ("ja", "euc-jp", "港の委員会は月曜日の夜に古い橋を閉鎖した。"),
        ("ja", "shift_jis", "港の委員会は月曜日の夜に古い橋を閉鎖した。"),
        ("ko", "euc-kr", "항구 위원회는 월요일 저녁에 오래된 다리를 폐쇄했다."),
        ("zh", "gb18030", "港务局周一晚上关闭了旧桥，渡船每小时开两班。"),
    ],
)
def test_the_stated_language_says_what_bytes_stand_for_that_are_not_the_charset_they_claim(
    language, encoding, words
):
    page = f"<html lang={language}><head><meta charset=utf-8></head><body><p>{words}</p></body></html>"
    assert decode(page.encode(encoding), "utf-8") == page
    located = page.replace(f" lang={language}", "").replace(
        "<head>", f'<head><meta property="og:locale" content="{language}_XX">'
    )
    assert decode(located.encode(encoding)) == located


@pytest.mark.parametrize(
    "raw", [b"", b" ", b"%PDF-1.4 x", b"\x00\x01" * 900, b"\x89PNG\r\n", b"x" * (MAX_BYTES + 1)]
)
def test_what_is_no_page_is_refused(raw):
    with pytest.raises(Unreadable):
        open_page(raw)


def test_tags_never_closed_are_flattened_and_the_end_is_still_read():
    tree = open_page("<html><body>" + "<div><span>" * 400 + "<p>first</p><p>the end</p></body></html>")
    assert "the end" in tree.text_content()


def test_tags_that_cannot_be_flattened_are_refused():
    with pytest.raises(Unreadable, match="deep"):
        open_page("<html><body>" + "<q>" * 5000 + "x</body></html>")


def test_few_words_are_cut_soon_after_the_limit():
    tree = open_page("<html><body><p>" + "<b>word </b>" * 5000 + "</p></body></html>")
    assert 100 <= len(few_words(tree, 100)) < 500


def test_paragraphs_are_the_lines_whatever_ends_them():
    assert paragraphs("a  b\r\n\r\nc\u2028d\x85e\x00f \n\n") == ["a b", "c", "d", "ef"]
    assert one_line(" a\n\ud800 b ") == "a b"
