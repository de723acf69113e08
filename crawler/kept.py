"""The page that is kept: the bytes of an answer in, bytes that can be read again without its headers out."""

from w3lib.encoding import html_body_declared_encoding, to_unicode


def to_keep(body: bytes, codec: str | None) -> bytes:
    """The raw page to keep, readable without its headers; `codec` as `crawler.answers.charset` tells it.

    As sent, unless only the header named its charset: then as UTF-8 behind a byte order mark, which every
    reader believes over a meta element.
    """
    if codec in (None, "utf-8") or codec == html_body_declared_encoding(body):
        return body
    return b"\xef\xbb\xbf" + to_unicode(body, codec).encode("utf-8", "replace")
