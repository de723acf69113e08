"""One spelling per page: canonical URLs, unwrapped proxies, registrable domains, outlet keys.

A tracking parameter goes, every other parameter stays: `?id=1` and `?id=2` are two pages.
Percent-encoding, `www.` and the scheme stay as they are: sites answer differently without them.
"""

import ipaddress
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from db.errors import BadUrl, RefusedUrl

MAX_URL = 2000  # characters; longer ones are traps

_TRACKER = re.compile(
    r"(?:utm_\w+|(?:fb|g|dc|y|ms|tt|wbra|gbra|tw|li_fat_)clid|fbclid|gclsrc|igshid|mc_[ce]id|mkt_tok"
    r"|_ga|_gl|_hsenc|_hsmi|hsCtaTracking|spm|ito|cmpid|cmp|ocid|ncid|xtor|at_(?:medium|campaign|custom\d)"
    r"|wt_?mc|wt_?zmc|s_cid|ns_(?:mchannel|source|campaign|linkname)|ref_src|ref_url|share|sh_kit|smid"
    r"|feature=share|guccounter|guce_referr\w*|__twitter_impression|amp_js_v|usqp|phpsessid|jsessionid)",
    re.I,
)
# Lists read for this: the parameters documented by the analytics tools themselves.

_PLATFORMS = frozenset(
    {"t.me", "x.com", "twitter.com", "medium.com", "facebook.com", "instagram.com", "vk.com",
     "tiktok.com", "youtube.com", "threads.net", "linktr.ee", "patreon.com", "telegra.ph",
     "threads.com", "bsky.app"}
)  # fmt: skip
_ACCOUNT_HOSTS = ("substack.com", "wordpress.com", "medium.com", "blogspot.com", "tumblr.com",
                  "livejournal.com", "ghost.io", "wixsite.com", "weebly.com", "beehiiv.com")  # fmt: skip

_ARCHIVE = re.compile(
    r"https?://(?:web\.archive\.org/web|archive\.(?:today|ph|is|li|md|vn|fo))/(\d{4,14})(?:[a-z]{2}_)?/(.+)",
    re.I,
)
_AMP_CACHE = re.compile(r"https?://[\w-]+\.cdn\.ampproject\.org/(?:v|c|wp)/(s/)?(.+)", re.I)
_AMP_VIEWER = re.compile(r"https?://(?:www\.)?google\.[a-z.]{2,6}/amp/(s/)?(.+)", re.I)
_REDIRECTORS = {
    "google.com/url": ("url", "q"),
    "news.google.com/url": ("url", "q"),
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
    "vk.com/away.php": ("to",),
    "out.reddit.com/": ("url",),
    "translate.google.com/translate": ("u",),
}


def canonical(url: str) -> str:
    """The spelling under which a page is stored; other identifiers (`urn:...`) come back trimmed.

    Wrappers (archive copies, AMP caches, translate proxies, redirectors) are taken off.
    Raises BadUrl when nothing, or nothing that can be kept, is left.

    >>> canonical("HTTPS://News.Example:443/a?utm_source=x&id=2#top")
    'https://news.example/a?id=2'
    """
    return unwrap(url)[0]


@lru_cache(maxsize=4096)
def unwrap(url: str) -> tuple[str, datetime | None]:
    """The canonical URL inside a wrapper, and when an archive captured it (None: no archive)."""
    url, captured = _trim(url), None
    for _ in range(3):
        inner, stamp = _inside(url)
        captured = captured or stamp
        if inner is None:
            break
        url = _trim(inner)
    return _spell(url), captured


def is_web(url: str) -> bool:
    """Whether this is an http(s) address with a host, and not another kind of identifier."""
    return url[:8].lower().startswith(("http://", "https://")) and bool(host(url))


def is_identifier(name: str) -> bool:
    """Whether this names one page: an http(s) address, or another identifier with its scheme.

    >>> is_identifier("https://a.example/x"), is_identifier("urn:wire:1"), is_identifier("not a url")
    (True, True, False)
    """
    if re.search(r"\s", name):
        return False
    return is_web(name) or bool(re.fullmatch(r"(?!https?:)[a-z][a-z0-9+.-]{0,30}:\S{1,2000}", name, re.I))


@lru_cache(maxsize=4096)
def host(url: str) -> str:
    """The host in lower case, without port; "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def domain(url: str) -> str:
    """The registrable domain, or "" for an identifier without a host.

    An unknown suffix falls back to the last two labels, an address to itself.

    >>> domain("https://edition.cnn.com/x"), domain("https://www.bbc.co.uk/"), domain("http://a.b.example/")
    ('cnn.com', 'bbc.co.uk', 'b.example')
    """
    return _registrable(host(url) if ":" in url else url.split("/", maxsplit=1)[0].lower())


@lru_cache(maxsize=4096)
def _registrable(name: str) -> str:
    if not name or _address(name):
        return name
    found = _suffixes()(name)
    if found.suffix and found.domain:
        return f"{found.domain}.{found.suffix}"
    return ".".join(name.split(".")[-2:])


def is_suffix(name: str) -> bool:
    """Whether a host name is a public suffix, under which anyone has a domain: com, co.uk.

    >>> is_suffix("com"), is_suffix("co.uk"), is_suffix("cnn.com"), is_suffix("lowen.example")
    (True, True, False, False)
    """
    return "." not in name or _suffixes()(name).suffix == name


@cache
def _suffixes() -> Callable[[str], Any]:
    """The list of public suffixes; loaded when first asked, for most lookups never ask it."""
    import tldextract

    return tldextract.TLDExtract(
        suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True, include_psl_private_domains=True
    )  # bundled list: no network


def outlet_key(url: str, editions: Collection[str] = ()) -> str:
    """The key of the outlet that publishes at `url`: an edition's host, a platform account, or the domain.

    `editions` are the hosts that the catalogue lists as outlets of their own.

    >>> outlet_key("https://english.hotnews.ro/a", {"english.hotnews.ro"})
    'english.hotnews.ro'
    >>> outlet_key("https://t.me/somechannel/12"), outlet_key("https://name.substack.com/p/x")
    ('t.me/somechannel', 'name.substack.com')
    """
    name = host(url)
    labels = name.split(".")
    for cut in range(len(labels) - 1):
        if (suffix := ".".join(labels[cut:])) in editions:
            return suffix
    registrable = domain(url)
    if registrable in _PLATFORMS and name.removeprefix("www.").removeprefix("m.") == registrable:
        return _account(registrable, urlsplit(url).path)
    for platform in _ACCOUNT_HOSTS:
        if name.endswith("." + platform) and name != "www." + platform:
            return name.removeprefix("www.")
    return registrable


def refuse_private(url: str) -> None:
    """Raise RefusedUrl when `url` is not http(s) or names a loopback, private or reserved address.

    Names are not resolved here: the connection does that.
    """
    if not is_web(url):
        raise RefusedUrl(f"refused: {url[:200]} is not an http or https address")
    name = host(url)
    address = _address(name)
    if name == "localhost" or name.endswith(".localhost") or (address and not address.is_global):
        raise RefusedUrl(f"refused: {url[:200]} is a private address")


def _trim(url: str) -> str:
    url = url.strip().strip("\x00")
    if not url:
        raise BadUrl("an empty URL")
    if len(url) > MAX_URL:
        raise BadUrl(f"a URL of {len(url)} characters, {MAX_URL} are allowed: {url[:80]}...")
    if re.search(r"[\x00-\x1f\x7f]|[\ud800-\udfff]", url):
        raise BadUrl(f"a URL with control characters: {url[:80]!r}")
    return url


def _inside(url: str) -> tuple[str | None, datetime | None]:
    if found := _ARCHIVE.match(url):
        return _with_scheme(found[2]), _capture_time(found[1])
    for pattern in (_AMP_CACHE, _AMP_VIEWER):
        if found := pattern.match(url):
            return ("https://" if found[1] else "http://") + found[2], None
    name = host(url)
    if name.endswith(".translate.goog"):
        return _translated(url, name.removesuffix(".translate.goog")), None
    try:
        parts = urlsplit(url)
        for parameter in _REDIRECTORS.get(name.removeprefix("www.") + parts.path, ()):
            for target in parse_qs(parts.query).get(parameter, ()):
                if is_web(target):
                    return target, None
    except ValueError:
        return None, None
    return None, None


def _with_scheme(url: str) -> str:
    if re.match(r"https?:/[^/]", url):
        return url.replace(":/", "://", 1)
    return url if re.match(r"https?://", url, re.I) else "http://" + url


def _capture_time(stamp: str) -> datetime | None:
    """The moment in a capture stamp of 4 to 14 digits, its start where digits are missing."""
    try:
        return datetime.strptime((stamp + "00000101000000"[len(stamp) :]), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _translated(url: str, dashed: str) -> str:
    """`en--news-site-example.translate.goog` stands for `en-news.site.example`: "--" is "-"."""
    parts = urlsplit(url)
    name = dashed.replace("--", "\0").replace("-", ".").replace("\0", "-")
    query = "&".join(p for p in parts.query.split("&") if not p.startswith("_x_tr_"))
    return urlunsplit(("https", name, parts.path, query, ""))


def _spell(url: str) -> str:
    if not re.match(r"https?:", url, re.I):
        return url
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadUrl(f"not a URL: {url[:200]} ({error})") from error
    if not name or re.search(r"\s", name):
        raise BadUrl(f"a URL without a host: {url[:200]}")
    scheme = parts.scheme.lower()
    netloc = _plain_host(name.rstrip("."))
    if port and port != {"http": 80, "https": 443}[scheme]:
        netloc += f":{port}"
    kept = [p for p in parts.query.split("&") if p and not _TRACKER.fullmatch(p.split("=")[0])]
    path = parts.path.replace(" ", "%20") or "/"
    return urlunsplit((scheme, netloc, path, "&".join(kept).replace(" ", "%20"), ""))


def _plain_host(name: str) -> str:
    """An internationalised host in its ASCII form, an IPv6 address in its brackets."""
    if ":" in name:
        return f"[{name}]"
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError as error:
        raise BadUrl(f"a host that cannot be: {name[:80]}") from error


def _account(platform: str, path: str) -> str:
    """`t.me/s/name/12` belongs to `t.me/name`; without an account the platform itself publishes."""
    steps = [unquote(step) for step in path.split("/") if step]
    if steps and steps[0] in {"s", "c", "user", "channel", "profile"}:
        steps = steps[1:]
    return f"{platform}/{steps[0].lower()}" if steps else platform


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address a host literally is, also written as one number (`2130706433`), or None."""
    try:
        return ipaddress.ip_address(int(name, 0) if re.fullmatch(r"0x[0-9a-f]+|\d+", name) else name)
    except ValueError:
        return None
