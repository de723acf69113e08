"""What two pages share, as the linker judges it: their match with what is quoted, or an outlet's own words.

Of several versions' matches the newest counts, else the largest.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from db.linking import Met, Sides
from dedupe.quotes import quotations
from dedupe.story import RELEASERS, Shared, Spans, joined, length, overlap

CLEARLY_MORE = 0.03  # share of a text by which an earlier version holds more of it than the newest
SHORTEST = 5  # letters of an outlet's name that is looked for in its own lines

Best = tuple[Met, frozenset[int]]
"""The match of two articles that counts, and which of the two have changed since an earlier one."""


def newest(matches: Iterable[Met], rows: Mapping[int, Mapping]) -> list[Best]:
    """The match that counts of every pair of articles in `rows` (by article, as `db.linking.pages`)."""
    pairs: dict[tuple[int, int], list[Met]] = {}
    for match in matches:
        a, b = match.article_a, match.article_b
        if a in rows and b in rows:
            pairs.setdefault((a, b) if a < b else (b, a), []).append(match)
    present = {row["version"] for row in rows.values()}

    def rank(match: Met) -> tuple[int, float, int]:
        is_new = (match.version_a in present) + (match.version_b in present)
        return (is_new, max(match.a_in_b, match.b_in_a), match.id)

    best = ((found[0] if len(found) == 1 else max(found, key=rank), found) for found in pairs.values())
    return [(match, _changed(match, found)) for match, found in best]


def shares(best: Sequence[Best], passages: Mapping[int, Sides], rows: Mapping[int, Mapping]) -> list[Shared]:
    """What the pages of these matches share; `passages` by match as `db.linking.passages` gives them."""
    held = {a for match, _ in best for a in (match.article_a, match.article_b)}
    texts = {article: Text(rows[article]) for article in held}
    return [_share(match, passages.get(match.id, _NONE), texts, changed) for match, changed in best]


_NONE: Sides = (), ()


def _share(match: Met, passages: Sides, texts: Mapping[int, "Text"], changed: Collection[int]) -> Shared:
    a, b = match.article_a, match.article_b
    a_spans, b_spans = passages
    a_text, b_text = texts[a], texts[b]
    # of the shares of the two the smaller tells, whichever was stored first: its paragraphs are the finer
    own = house_share(a_spans, a_text, b_text)
    return Shared(
        a=a,
        b=b,
        match=match.id,
        a_version=match.version_a,
        b_version=match.version_b,
        a_in_b=match.a_in_b,
        b_in_a=match.b_in_a,
        jaccard=match.jaccard,
        words=match.shared_words,
        a_spans=a_spans,
        b_spans=b_spans,
        quoted=max(_part(a_spans, a_text.quoted), _part(b_spans, b_text.quoted)),
        house=own and min(own, house_share(b_spans, b_text, a_text)),
        a_changed=a in changed,
        b_changed=b in changed,
    )


def _part(spans: Spans, others: Spans) -> float:
    """The share, 0..1, of the characters under `spans` that stand under `others` too."""
    if not others:
        return 0.0
    runs = joined(spans)
    return overlap(runs, others) / max(1, length(runs))


@lru_cache(maxsize=10_000)
def _spelled(*names: str | None) -> tuple[str, ...]:
    """The names long enough to be looked for, in small letters."""
    return tuple({name.lower(): None for name in names if name and len(name.lower()) >= SHORTEST})


class Text:
    """A page's text, asked by every pair it is in: where it quotes, and which of its lines name an outlet."""

    def __init__(self, row: Mapping) -> None:
        self.text: str = row["text"]
        self.signs_stories = row["outlet_kind"] in RELEASERS
        self.names = _spelled(row["outlet_name"], row["domain"])
        self.quoted: Spans = joined(quotations(self.text))  # between quotation marks
        plain = self.text.lower()
        # the text in small letters; nothing where these stand in other places
        self.plain = plain if len(plain) == len(self.text) else ""
        self._holds: dict[str, bool] = {}

    def naming(self, names: Iterable[str]) -> Spans:
        """The lines after the first that hold one of some names in small letters."""
        held = [name for name in names if self._has(name)]
        if not held:
            return ()
        found, start = [], self.plain.find("\n") + 1
        while start:
            end = self.plain.find("\n", start)
            stop = len(self.plain) if end < 0 else end
            if any(name in self.plain[start:stop] for name in held):
                found.append((start, stop))
            start = end + 1
        return tuple(found)

    def _has(self, name: str) -> bool:
        if name not in self._holds:
            self._holds[name] = name in self.plain
        return self._holds[name]


def house_share(spans: Spans, a: Text, b: Text) -> float:
    """The share, 0..1, of some spans of `a` that stand where its outlet or that of `b` speaks of itself.

    That is a paragraph after the lead that names the outlet: a bio or a promo more likely than the story.
    An agency signs its stories, so its name tells nothing.
    """
    if a.signs_stories or b.signs_stories:
        return 0.0
    return _part(spans, a.naming((*a.names, *b.names)))


def _changed(best: Met, found: Sequence[Met]) -> frozenset[int]:
    """The articles of which an earlier version holds clearly more of the other page's text."""
    if len(found) == 1:
        return frozenset()
    changed = set()
    for match in found:
        for side, other, share in (("a", "b", "b_in_a"), ("b", "a", "a_in_b")):
            article, beside = getattr(match, f"article_{side}"), getattr(match, f"version_{other}")
            same, beyond = ("a", "b") if best.article_a == article else ("b", "a")
            newer, its_other = getattr(best, f"version_{same}"), getattr(best, f"version_{beyond}")
            is_earlier = getattr(match, f"version_{side}") < newer and beside == its_other
            now = best.b_in_a if same == "a" else best.a_in_b
            if is_earlier and getattr(match, share) >= now + CLEARLY_MORE:
                changed.add(article)
    return frozenset(changed)
