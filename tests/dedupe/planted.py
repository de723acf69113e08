"""Stored articles for the tests, in invented words, with copies planted among them."""

import random
from datetime import UTC, datetime

from db import index as rows
from db.open import trusting
from db.records import Article, Outlet, Reading
from db.store import put_article, put_matches
from dedupe import house
from dedupe import match as matching

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAIRS = """
SELECT aa.url, ab.url, m.a_in_b, m.b_in_a, m.jaccard, m.shared_words, m.longest_run FROM matches m
  JOIN versions va ON va.id = m.version_a JOIN versions vb ON vb.id = m.version_b
  JOIN articles aa ON aa.id = va.article_id JOIN articles ab ON ab.id = vb.article_id
"""


def words(seed, count, vocabulary=5000):
    chooser = random.Random(repr(seed))
    return [f"w{int(vocabulary ** chooser.random()):x}" for _ in range(count)]


def text_of(tokens):
    return "\n".join(" ".join(tokens[i : i + 40]) for i in range(0, len(tokens), 40))


def store(db, url, text, kind="article", outlet_kind="outlet"):
    outlet = Outlet(domain=url.split("/")[2], name=url.split("/")[2], kind=outlet_kind)
    reading = Reading(url=url, kind=kind, title="t", text=text)
    return put_article(db, Article(reading=reading, outlet=outlet, fetched=NOW)).version


def link(db, batch=1000):
    house.count(db, rows.uncounted(db))
    house.relearn(db)
    waiting = rows.pending(db)
    for i in range(0, len(waiting), batch):
        with trusting(db):
            put_matches(db, matching.match_versions(db, waiting[i : i + batch]))


def pairs(db):
    """Every stored match by URLs, the smaller URL first, its figures with it."""
    found = set()
    for a, b, a_in_b, b_in_a, *rest in db.execute(PAIRS):
        found.add((a, b, a_in_b, b_in_a, *rest) if a < b else (b, a, b_in_a, a_in_b, *rest))
    return found


def corpus(seed, size=60):
    """(url, text) of articles among which copies, cuts, embeddings and short shared runs are planted."""
    chooser = random.Random(repr(seed))
    texts = [words((seed, i), chooser.randint(120, 400)) for i in range(size)]
    for i in range(0, size // 2, 5):
        texts.append(words((seed, i, "h"), 20) + texts[i])
        texts.append(texts[i + 1][: len(texts[i + 1]) // 2])
        texts.append(words((seed, i, "e"), 200) + texts[i + 2][:60] + words((seed, i, "f"), 200))
        texts.append(words((seed, i, "r"), 300) + texts[i + 3][50:82] + words((seed, i, "s"), 100))
    return [(f"https://o{i % 7}.example/{i}", text_of(text)) for i, text in enumerate(texts)]
