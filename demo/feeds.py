"""A site in, the text of its RSS, Atom or sitemap out."""

from datetime import datetime
from email.utils import format_datetime
from itertools import cycle
from xml.sax.saxutils import escape, quoteattr

from demo.world import Page, Site

NEWS_NS = "http://www.google.com/schemas/sitemap-news/0.9"
MAP_NS = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def feed_links(site: Site) -> list[tuple[Page, str]]:
    """Each article with the address the feed prints for it, tracking and old addresses included."""
    tails = cycle([f"?{site.house.tracking}" if site.house.tracking else "", ""])
    links = [(page, page.url + tail) for page, tail in zip(site.articles, tails, strict=False)]
    for path in site.house.extra_feed:
        target = site.house.redirects.get(path, path.removeprefix("/amp"))
        page = site.find(target)
        if page is None:
            raise ValueError(f"{site.domain}: the feed lists {path}, which leads nowhere")
        links.append((page, f"http://{site.domain}{path}"))
    return links


def rss(site: Site) -> str:
    """An RSS 2.0 feed of the articles."""
    items = "".join(
        f"<item><title>{escape(page.title)}</title><link>{escape(url)}</link>"
        f'<guid isPermaLink="false">{page.slug}</guid>'
        f"<pubDate>{format_datetime(exact(page))}</pubDate>"
        f"<description>{escape(page.teaser)}</description></item>\n"
        for page, url in feed_links(site)
    )
    return (
        f'{HEAD}<rss version="2.0"><channel><title>{escape(site.name)}</title>'
        f"<link>http://{site.domain}/</link><description>{escape(site.house.tagline)}</description>\n"
        f"{items}</channel></rss>\n"
    )


def atom(site: Site) -> str:
    """An Atom feed of the articles."""
    entries = "".join(
        f"<entry><title>{escape(page.title)}</title><id>{escape(url)}</id>"
        f'<link rel="alternate" href={quoteattr(url)}/>'
        f"<published>{exact(page).isoformat()}</published><updated>{exact(page).isoformat()}</updated>"
        f"<author><name>{escape(page.author)}</name></author>"
        f"<summary>{escape(page.teaser)}</summary></entry>\n"
        for page, url in feed_links(site)
    )
    newest = exact(site.articles[0]).isoformat()
    return (
        f'{HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(site.name)}</title>'
        f"<id>http://{site.domain}/</id><updated>{newest}</updated>\n{entries}</feed>\n"
    )


def news_sitemap(site: Site) -> str:
    """A Google News sitemap of the articles, each time as the page states it."""
    rows = "".join(
        f"<url><loc>{escape(url)}</loc><news:news><news:publication><news:name>{escape(site.name)}</news:name>"
        f"<news:language>{site.language}</news:language></news:publication>"
        f"<news:publication_date>{page.published}</news:publication_date>"
        f"<news:title>{escape(page.title)}</news:title></news:news></url>\n"
        for page, url in feed_links(site)
    )
    return f'{HEAD}<urlset xmlns="{MAP_NS}" xmlns:news="{NEWS_NS}">\n{rows}</urlset>\n'


def sitemap_index(site: Site) -> str:
    """A sitemap index of the site's news sitemaps."""
    maps = [path for path, form in site.house.endpoints.items() if form == "news"]
    rows = "".join(f"<sitemap><loc>http://{site.domain}{path}</loc></sitemap>\n" for path in maps)
    return f'{HEAD}<sitemapindex xmlns="{MAP_NS}">\n{rows}</sitemapindex>\n'


def robots(site: Site) -> str:
    """The robots.txt of a site, with its sitemaps."""
    maps = [path for path, form in site.house.endpoints.items() if form in ("news", "index")]
    lines = ["User-agent: *", "Disallow: /search", "Disallow: /account/", ""]
    return "\n".join(lines + [f"Sitemap: http://{site.domain}{path}" for path in maps]) + "\n"


def exact(page: Page) -> datetime:
    """The stated time; raises ValueError when it is a date only or has no zone."""
    when = page.when
    if not isinstance(when, datetime) or when.tzinfo is None:
        raise ValueError(f"{page.url}: a feed needs a time with its zone, not {page.published!r}")
    return when


FORMS = {"rss": rss, "atom": atom, "news": news_sitemap, "index": sitemap_index}
