"""What the pages say of a chain in whole sentences: its status, its figures, a paragraph to paste.

Pure: a `Chain` comes in, plain text goes out, hedged as it stands in the database.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.browse.answer import many
from db.chain import Chain
from db.doubts import undirected
from db.screen import minute, percent, printable, relation_words, when
from db.told import confidence, in_text_order, is_taken
from db.urls import is_web

MAX_TITLE = 160
MAX_QUOTE = 240
QUOTES = 2  # of one link, in the paragraph
HOPS = 12  # links told in the paragraph

Node = Mapping[str, Any]
Link = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A status in words: the answer, what it means, and what one can do next."""

    short: str
    long: str
    next: Sequence[tuple[str, str]]  # (what for, the command)


def status(chain: Chain, url: str) -> Said:
    """What the status of a chain means, and what to do next."""
    page = shlex.quote(printable((chain.article or {}).get("url") or url))
    fetch, save = f"newstrace fetch {page}", f"newstrace import PAGE.html --url {page}"
    judge = f"newstrace judge {page} SOURCE accept --note '...'"
    if chain.status == "not_stored":
        steps = (
            [] if _forgotten(chain) else [("Ask the site for it", fetch), ("Or save it in a browser", save)]
        )
        told = (
            f"No article is stored under {printable(url, 300)}. It may be stored under another spelling: "
            "AMP, mobile, an older address."
        )
        return Said("Not stored", told if steps else "; ".join(map(_sentence, chain.unknown)), steps)
    if chain.status == "unreadable":
        why = chain.article.get("reason") or "no article text stands on it"
        told = f"The page was fetched and could not be read: {printable(why)}."
        return Said("Unreadable", told, [("Save it in your own browser, then", save)])
    if chain.status == "nothing_found" and (why := chain.article.get("not_compared")):
        return Said("Not looked", f"{_sentence(why)}.", [])
    if chain.article["url"] is None:
        return _pasted(chain)
    if chain.status == "nothing_found" and not chain.article.get("linked", True):
        told = "Linking has not compared this page with the others yet, so nothing can be told of it."
        return Said("Not looked yet", told, [("Compare and link what is new", "newstrace link")])
    if chain.status == "nothing_found":
        told = (
            "No page stored here shares its text, and no credit on it led to a source. "
            "That does not make it the first: only what is stored here was compared."
        )
        return Said("Nothing found", told, [("If you suspect a source, fetch it", "newstrace fetch SOURCE")])
    if chain.status == "direction_unknown":
        told = "Other pages carry this text, and nothing says who took it from whom."
        return Said("Direction not known", told, [("Keep what you found out yourself", judge)])
    return Said("Traced", _traced(chain), [("If it came from elsewhere, say so", judge)])


def all_rejected(links: int) -> str:
    """What is known of a page when people rejected every link it had."""
    were = "was" if links == 1 else "were"
    return (
        f"{many(links, 'link')} to a source {were} rejected by people, as told below; nothing else was found."
    )


def errands(chain: Chain, url: str) -> list[tuple[str, str, str]]:
    """What could be fetched for a better answer: (fetch or chase, the address, the words of the button)."""
    here = (chain.article or {}).get("url") or url
    if not is_web(here) or _forgotten(chain):
        return []
    if chain.article is None:
        return [("fetch", here, "Fetch this page now")]
    again = [("fetch", here, "Fetch it again")]
    unseen = sum(node["phantom"] for node in chain.nodes)
    after = f"Go after {many(unseen, 'source')} named and not seen"
    return [*([("chase", here, after)] if unseen else []), *(again if chain.status == "unreadable" else [])]


def _forgotten(chain: Chain) -> bool:
    return any("was forgotten on request" in reason for reason in chain.unknown)


def _sentence(words: str) -> str:
    return words[:1].upper() + printable(words[1:])


def _pasted(chain: Chain) -> Said:
    if chain.status == "nothing_found":
        return Said("Nothing found", "No page stored here shares this text.", [])
    told = "Pages stored here carry this text. Which was first a pasted text cannot tell."
    return Said("Found", told, [])


def _traced(chain: Chain) -> str:
    nodes = _nodes(chain)
    direct = [link for link in chain.links if is_taken(link) and link["child"] == chain.article["id"]]
    sources = f"Taken from {many(len(direct), 'page')}" if direct else "No source of it is known here"
    copies = many(len(chain.copies), "page here took from it", "pages here took from it")
    furthest = listed([name(nodes[page], seen=True) for page in chain.origins], 5)
    told = f" Furthest back seen here: {furthest}." if furthest else ""
    return f"{sources}; {copies if chain.copies else 'no page here took from it'}.{told}"


def _nodes(chain: Chain) -> dict[int, Node]:
    return {node["id"]: node for node in chain.nodes} | {chain.article["id"]: chain.article}


def name(node: Node, *, seen: bool = False) -> str:
    """An outlet's name; `seen`: with a note where its page was named and not seen."""
    words = printable(node["outlet"] or "", 60) or "(not known)"
    return f"{words} (page not seen)" if seen and node["phantom"] else words


def listed(names: Sequence[str], most: int) -> str:
    """Names in a row, the last after "and"; those above `most` are counted.

    >>> listed(["CNN", "AFP", "dpa"], 2)
    'CNN, AFP and 1 more'
    """
    shown = list(dict.fromkeys(names))
    if len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def figures(link: Link, nodes: Mapping[int, Node]) -> str:
    """What the two texts share in plain words, "" where they were not compared.

    "82 % of this page's words stand in HotNews's page: 685 words in common, the longest passage 260."
    """
    if not link["shared_words"]:
        return ""
    child, parent = name(nodes[link["child"]]), name(nodes[link["parent"]])
    longest = max((passage["words"] for passage in link.get("passages", ())), default=0)
    run = f", the longest passage {longest:,} words" if longest else ""
    share = link["containment"]
    told = f"{many(link['shared_words'], 'word')} in common{run}"
    if share is None:
        return told[:1].upper() + told[1:] + "."
    return f"{percent(share)} of the words of the page at {child} stand in the page of {parent}: {told}."


def relation(link: Link, nodes: Mapping[int, Node]) -> str:
    """What a link says, without its figures."""
    if is_taken(link) or link["relation"] == "sibling":
        seen = not nodes[link["parent"]]["phantom"]
        return named(relation_words(dict(link) | {"containment": None}, seen=seen), link, nodes)
    if link["status"] == "rejected":
        who = (
            "a person said that it was not taken" if link["decided_by"] == "human" else "held not to be taken"
        )
        return f"the two share text; {who}"
    return "the two share text; who took it from whom is not known"


def named(words: str, link: Link, nodes: Mapping[int, Node]) -> str:
    """Our own words on a link, with names for "this page" and "that page"."""
    child, parent = name(nodes[link["child"]]), name(nodes[link["parent"]])
    words = words.replace("that page's", f"{parent}'s").replace("that page", f"{parent}'s page")
    return (
        words.replace("this page's outlet", child)
        .replace("this page's", f"{child}'s")
        .replace("this page", f"{child}'s page")
    )


def sure(link: Link) -> str:
    """One word for how sure a link is; "" for one that was rejected."""
    if link["status"] == "rejected":
        return ""
    return confidence(link["p_direct"] if is_taken(link) else link["p_related"])


def paragraph(chain: Chain, today: datetime) -> str:
    """A paragraph to paste: the chain with its hedges, quotes and times, and what was not compared."""
    nodes = _nodes(chain)
    here = chain.article
    copies = set(chain.copies)
    back = [link for link in chain.links if is_taken(link) and not {link["parent"], link["child"]} & copies]
    parts = [_opening(here), *(_hop(link, nodes) for link in _nearest_first(here["id"], back)[:HOPS])]
    if len(back) > HOPS:
        parts.append(f"{many(len(back) - HOPS, 'further link')} not told here.")
    if furthest := listed([name(nodes[page], seen=True) for page in chain.origins], 5):
        parts.append(f"Furthest back seen here: {furthest}.")
    if chain.status == "traced" and not back:
        parts.append("No source of it is known here; that does not make it the first.")
    if chain.status in ("nothing_found", "direction_unknown"):
        parts.append(status(chain, here["url"] or "").long)
    if chain.copies:
        parts.append(f"{many(len(chain.copies), 'stored page')} took text from it, directly or not.")
    told = here.get("not_compared") if chain.status == "nothing_found" else None
    unknown = [reason for reason in chain.unknown if reason != told]
    siblings = {undirected(link, nodes) for link in chain.links if link["relation"] == "sibling"}
    parts += [_open_question(reason, reason in siblings) for reason in unknown[:5]]
    version = next((link["rule_version"] for link in chain.links), "")
    rules = f", rules {version}" if version else ""
    parts.append(f"{coverage(chain.coverage)} Similarity of texts alone is not a verdict.")
    return " ".join([*parts, f"(newstrace{rules}, {today:%Y-%m-%d})"])


def _open_question(reason: str, of_siblings: bool) -> str:
    """A reason as a sentence; of siblings it is known that neither took from the other."""
    words = printable(reason)
    return f"{words}." if of_siblings else f"Not known: {words}."


def _opening(here: Node) -> str:
    title = f"“{printable(here['title'], MAX_TITLE)}”" if here["title"] else "A page"
    if here["url"] is None:
        return f"A pasted text that begins {title}."
    return f"{title} stands at {name(here)} ({printable(here['url'])}), {when(here)}."


def _nearest_first(article: int, links: Iterable[Link]) -> list[Link]:
    by_child: dict[int, list[Link]] = {}
    for link in links:
        by_child.setdefault(link["child"], []).append(link)
    found, edge, met = [], [article], {article}
    while edge:
        near = [link for page in edge for link in sorted(by_child.get(page, ()), key=in_text_order)]
        found += near
        edge = [page for page in dict.fromkeys(link["parent"] for link in near) if page not in met]
        met |= set(edge)
    return found


_HEDGES: Mapping[str, str] = {
    "certain": "has, as good as certainly,",
    "likely": "has likely",
    "possible": "has possibly",
    "not known": "may have",
}


def _hop(link: Link, nodes: Mapping[int, Node]) -> str:
    child, parent = nodes[link["child"]], nodes[link["parent"]]
    by = " by a person's judgement" if link["decided_by"] == "human" else ""
    where = f" ({printable(parent['url'])}, {when(parent)})" if parent["url"] else " (named, page not seen)"
    words = f"{name(child)} {_HEDGES[sure(link)]} taken text from {name(parent)}{where}{by}"
    share = link["containment"]
    told = (
        f": {percent(share)} of its words stand there" if share is not None and link["shared_words"] else ""
    )
    quotes = [
        printable(reason["quote"], MAX_QUOTE).lstrip(" ,;:") for reason in link["evidence"] if _speaks(reason)
    ]
    said = " and ".join(f"“{quote}”" for quote in dict.fromkeys(quotes[:QUOTES]))
    credit = f"; its page says {said}" if said else ""
    missing = "; no credit found on the page" if link["credited"] == "none_found" else ""
    return f"{words}{told}{credit}{missing}."


def _speaks(reason: Mapping[str, Any]) -> bool:
    silent = ("role", "time", "block", "judgement", "edits")
    return bool(reason["quote"]) and reason["weight"] > 0 and reason["kind"] not in silent


def coverage(known: Mapping[str, Any]) -> str:
    """What was looked among, in a sentence or two."""
    held = f"{many(known.get('articles') or 0, 'article')} of {many(known.get('outlets') or 0, 'outlet')}"
    dates = [
        f"{words} {' to '.join(dict.fromkeys(minute(known[f'{what}_{end}'])[:10] for end in ('from', 'to')))}"
        for what, words in (("published", "published"), ("first_seen", "first seen"))
        if known.get(f"{what}_from") and known.get(f"{what}_to")
    ]
    missed = f" Not looked at: {'; '.join(known['not_looked_at'])}." if known.get("not_looked_at") else ""
    return f"Looked among {', '.join([held, *dates])}.{missed}"
