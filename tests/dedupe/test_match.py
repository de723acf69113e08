import itertools
import random

import pytest

from db import index as rows
from db.errors import StaleSignature
from db.open import trusting
from db.store import open_db, put_matches, writing
from dedupe import candidates, house
from dedupe import match as matching
from tests.dedupe.planted import corpus, link, pairs, store, text_of, words


@pytest.fixture
def db():
    return open_db(":memory:")


def test_a_copy_a_cut_an_embedding_and_a_run_of_thirty_words_match(db):
    story = words(1, 300)
    near = {
        "copy": words(2, 15) + story,
        "cut": story[100:180],
        "embedding": words(3, 400) + story[:100] + words(4, 200),
        "run": words(5, 400) + story[200:231] + words(6, 200),
    }
    store(db, "https://a.example/story", text_of(story))
    for name, tokens in near.items():
        store(db, f"https://b.example/{name}", text_of(tokens))
    store(db, "https://c.example/other", text_of(words(7, 300)))
    link(db)
    with_story = {b for a, b, *_ in pairs(db) if a.endswith("/story")}
    assert with_story == {f"https://b.example/{name}" for name in near}


def test_versions_of_one_article_do_not_match_each_other_but_each_matches_its_copy(db):
    story = words(1, 200)
    first = store(db, "https://a.example/1", text_of(story))
    copy = store(db, "https://b.example/1", text_of(story))
    link(db)
    second = store(db, "https://a.example/1", text_of([*story, *words(2, 20)]))
    link(db)
    stored = {(row["version_a"], row["version_b"]) for row in db["matches"].rows}
    assert stored == {(first, copy), (copy, second)}


@pytest.mark.parametrize("kind", ["unreadable", "section"])
def test_pages_without_an_article_are_not_matched(db, kind):
    store(db, "https://a.example/1", text_of(words(1, 200)))
    store(db, "https://b.example/1", text_of(words(1, 200)), kind=kind)
    link(db)
    assert not pairs(db)
    assert not rows.pending(db)


@pytest.mark.parametrize("text", ["", "word", "one two three four", "\n\n", "@ @ @ @ @ @ @", "。、"])
def test_a_text_too_short_to_compare_is_marked_as_done(db, text):
    store(db, "https://a.example/1", text)
    store(db, "https://b.example/1", text)
    link(db)
    assert not rows.pending(db)
    assert not pairs(db)


@pytest.mark.parametrize("seed", range(3))
def test_the_matches_do_not_hang_on_order_or_batches(seed, monkeypatch):
    """Also where the lists of a key are cut short and a text has more partners than are kept."""
    monkeypatch.setattr(candidates, "RARE", 4)
    monkeypatch.setattr(matching, "PARTNERS", 5)
    articles = corpus(seed)
    crowd = words((seed, "crowd"), 150)
    articles += [(f"https://x{i}.example/c", text_of(words((seed, i), 10) + crowd)) for i in range(30)]
    ends = []
    for order, batch in ((0, 1000), (1, 7), (2, 1)):
        random.Random(order).shuffle(articles)
        db = open_db(":memory:")
        for start in range(0, len(articles), 40):
            for url, text in articles[start : start + 40]:
                store(db, url, text)
            if order:
                link(db, batch)
        link(db, batch)
        ends.append(pairs(db))
    assert len(ends[0]) > 100
    assert ends[0] == ends[1] == ends[2]


def test_a_story_everybody_takes_is_linked_without_every_pair(db, monkeypatch):
    monkeypatch.setattr(matching, "PARTNERS", 10)
    crowd = words("crowd", 120)
    for i in range(150):
        store(db, f"https://o{i}.example/c", text_of([*words(("own", i), 12), *crowd]))
    store(db, "https://agency.example/c", text_of(crowd), outlet_kind="agency")
    link(db)
    counts = [len([p for p in pairs(db) if f"https://o{i}.example/c" in p[:2]]) for i in range(150)]
    assert min(counts) >= matching.PARTNERS
    assert len(pairs(db)) < 151 * matching.PARTNERS
    assert len([p for p in pairs(db) if "https://agency.example/c" in p[:2]]) == 150


def test_a_forgotten_version_comes_up_no_more_and_can_come_back(db):
    story = text_of(words(1, 200))
    store(db, "https://a.example/1", story)
    link(db)
    db.execute("DELETE FROM articles")
    store(db, "https://b.example/1", story)
    link(db)
    assert not pairs(db)
    store(db, "https://a.example/1", story)
    link(db)
    assert len(pairs(db)) == 1


def test_whatever_hangs_on_a_match_goes_with_it_where_references_are_not_followed(db):
    for name in "ab":
        store(db, f"https://{name}.example/1", text_of(words(1, 200)))
    link(db)
    asked = "SELECT m.name, f.'table' FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f"
    hanging = {name for name, table in db.execute(f"{asked} WHERE m.type = 'table'") if table == "matches"}
    assert hanging == {"passages", "link_evidence"}
    with writing(db):
        db.execute(
            "INSERT INTO links (child_id, source_id, relation, p_related, p_direction, p_direct, status,"
            " decided_by, rule_version) VALUES (1, 2, 'sibling', 1, 1, 1, 'accepted', 'rule', '1')"
        )
        db.execute("INSERT INTO link_evidence (link_id, match_id, kind, weight) VALUES (1, 1, 'match', 1)")
    assert db["passages"].count
    with trusting(db):
        rows.drop_matches(db, [(1, 2)])
    assert [db[name].count for name in ("matches", "passages", "link_evidence")] == [0, 0, 0]
    assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_version_that_is_gone_is_not_stored_though_it_was_sketched(db):
    for name in "abc":
        store(db, f"https://{name}.example/1", text_of(words(1, 200)))
    sketched = house.count(db, rows.uncounted(db), keep=1 << 20)
    db.execute("DELETE FROM articles WHERE url = 'https://a.example/1'")
    with trusting(db):
        put_matches(db, matching.match_versions(db, [1, 2, 3], sketched=sketched))
    assert [(row["version_a"], row["version_b"]) for row in db["matches"].rows] == [(2, 3)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_unmatched_versions_are_pending_and_match_again(db):
    ids = [store(db, f"https://{name}.example/1", text_of(words(1, 200))) for name in "abc"]
    link(db)
    before = pairs(db)
    with writing(db):
        rows.unmatch(db, ids[:1])
    assert rows.pending(db) == ids[:1]
    assert len(pairs(db)) == 1
    link(db)
    assert pairs(db) == before


def test_clearing_and_linking_again_ends_in_the_same(db):
    for url, text in corpus(5, 30):
        store(db, url, text)
    link(db)
    before = pairs(db)
    with writing(db):
        rows.clear(db)
    link(db)
    assert pairs(db) == before


def test_a_signature_of_another_scheme_is_refused_and_the_way_out_named(db):
    version = store(db, "https://a.example/1", text_of(words(1, 200)))
    rows.put_signatures(db, ("legacy", 128), [version], ([5], [b""]))
    with pytest.raises(StaleSignature, match="newstrace link --rebuild"):
        matching.match_versions(db, [version])


def test_an_interrupted_batch_leaves_nothing(db):
    for url, text in corpus(6, 30):
        store(db, url, text)

    def stop(done, total):
        if done >= total // 2:
            raise KeyboardInterrupt

    house.count(db, rows.uncounted(db))
    with pytest.raises(KeyboardInterrupt), writing(db):
        put_matches(db, matching.match_versions(db, rows.pending(db), progress=stop))
    assert not pairs(db)
    assert len(rows.pending(db)) == db["versions"].count
    assert not rows.segments(db, "keys")


@pytest.mark.parametrize(("postings", "size"), [(0, 1000), (12_000_000, 2000), (90_000_000, 10_000)])
def test_the_batch_grows_with_the_index(db, postings, size):
    db.execute("INSERT INTO segments (family, shift, postings) VALUES ('keys', 24, ?)", [postings])
    assert matching.batch_size(db) == size


@pytest.mark.parametrize(
    ("size", "compared", "matches", "following"),
    [
        (1000, 1000, 900, 4000),
        (4000, 4000, 3000, 10_000),
        (4000, 4000, 90_000, 1000),
        (1000, 1000, 90_000, 1000),
    ],
)
def test_batches_grow_while_few_match_and_shrink_where_everybody_takes_a_story(
    db, size, compared, matches, following
):
    assert matching.next_size(db, size, compared, matches) == following


def grams(text, size):
    tokens = text.split()
    return {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}


@pytest.mark.parametrize("seed", range(2))
def test_the_matches_are_those_that_brute_force_finds(db, seed):
    """Every pair whose smaller text stands to a fifth in the larger, or that shares thirty words in a row."""
    articles = dict(corpus(("brute", seed), 50))
    for url, text in articles.items():
        store(db, url, text)
    link(db)
    stored = {(a, b): (a_in_b, b_in_a, jaccard) for a, b, a_in_b, b_in_a, jaccard, *_ in pairs(db)}
    fives = {url: grams(text, 5) for url, text in articles.items()}
    thirties = {url: grams(text, 30) for url, text in articles.items()}
    for a, b in itertools.combinations(sorted(articles), 2):
        both = len(fives[a] & fives[b])
        contained = both / min(len(fives[a]), len(fives[b]))
        assert ((a, b) in stored) == (contained >= 0.2 or not thirties[a].isdisjoint(thirties[b]))
        if (a, b) in stored:
            shares = both / len(fives[a]), both / len(fives[b]), both / len(fives[a] | fives[b])
            assert stored[a, b] == pytest.approx(shares)


def test_what_waits_to_be_compared_follows_kinds_signatures_and_what_is_forgotten(db):
    one, two, three = (store(db, f"https://{name}.example/1", text_of(words(name, 60))) for name in "abc")
    db.execute("UPDATE versions SET kind = 'section' WHERE id = ?", [two])
    assert rows.pending(db) == [one, three]
    link(db)
    assert rows.pending(db) == []
    db.execute("UPDATE versions SET kind = 'article' WHERE id IN (?, ?)", [one, two])
    assert rows.pending(db) == [two]
    rows.unmatch(db, [three])
    assert rows.pending(db) == [two, three]
    db.execute("DELETE FROM articles")
    assert rows.pending(db) == []
