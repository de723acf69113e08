import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import index as rows
from db.store import open_db, writing
from dedupe import candidates, speed
from dedupe.candidates import Index, Postings, distinct
from dedupe.sketch import KEY_BITS

PATHS = pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])


@pytest.fixture
def db():
    return open_db(":memory:")


def postings(seed, count, keys=1 << KEY_BITS):
    chooser = np.random.default_rng(seed)
    return chooser.integers(0, keys, count).astype(np.uint64), chooser.integers(0, 1 << 31, count).astype(
        np.uint32
    )


def found(index, keys):
    keys = np.unique(np.array(keys, np.uint64))
    places, handles = index.look_up(keys)
    return sorted(zip(keys[places].tolist(), handles.tolist(), strict=True))


@PATHS
@pytest.mark.parametrize("space", [1 << KEY_BITS, 5000], ids=["spread", "crowded"])
def test_what_was_added_is_found_whatever_was_merged(db, compiled, space, monkeypatch):
    monkeypatch.setattr(candidates, "_SMALLEST", 64)
    monkeypatch.setattr(candidates, "_SLICE", 300)
    monkeypatch.setattr(candidates, "_BUCKET", 16)
    monkeypatch.setattr(candidates, "_WIDTHS", {3: 34, 5: KEY_BITS})
    index, truth = Index(db), set()
    with speed.using(speed.load() if compiled else None):
        for batch in range(30):
            keys, handles = postings(batch, 60, space)
            index.add(keys, handles)
            truth |= set(zip(keys.tolist(), handles.tolist(), strict=True))
        assert len(rows.segments(db, "keys")) < 15
        asked = {key for key, _ in list(truth)[:200]} | set(range(50))
        assert found(index, list(asked)) == sorted((k, h) for k, h in truth if k in asked)
        assert found(index, [key for key, _ in truth]) == sorted(truth)


def test_nothing_is_found_in_nothing(db):
    assert found(Index(db), [1, 2, 3]) == []
    assert found(Index(db), []) == []


def test_families_do_not_mix(db):
    Index(db, "keys").add(np.array([5], np.uint64), np.array([1], np.uint32))
    Index(db, "paragraphs").add(np.array([5], np.uint64), np.array([2], np.uint32))
    assert found(Index(db, "keys"), [5]) == [(5, 1)]
    assert found(Index(db, "paragraphs"), [5]) == [(5, 2)]


def test_departed_postings_are_not_found_and_a_merge_drops_them(db):
    index = Index(db)
    index.add(np.array([5, 6], np.uint64), np.array([1, 2], np.uint32))
    segment = rows.segments(db, "keys")[0].id
    db.execute("INSERT INTO departed VALUES ('keys', 1, ?)", [segment])
    assert found(index, [5, 6]) == [(6, 2)]
    index.add(np.array([5], np.uint64), np.array([1], np.uint32))
    assert found(index, [5, 6]) == [(5, 1), (6, 2)]
    index.merge(rows.segments(db, "keys"))
    assert found(index, [5, 6]) == [(5, 1), (6, 2)]
    assert [segment.postings for segment in rows.segments(db, "keys")] == [2]
    assert rows.departed(db, "keys") == []


def test_an_index_is_on_disk_when_the_transaction_ends_and_not_before(tmp_path):
    path = tmp_path / "news.db"
    db = open_db(path, create=True)
    with writing(db):
        Index(db).add(np.array([7], np.uint64), np.array([9], np.uint32))
        assert found(Index(open_db(path)), [7]) == []
    assert found(Index(open_db(path)), [7]) == [(7, 9)]


@PATHS
def test_candidates_are_those_the_rule_names(db, compiled, monkeypatch):
    """Against the rule said with sets: two shared keys or a rare one, and of long lists the first only."""
    monkeypatch.setattr(candidates, "RARE", 4)
    monkeypatch.setattr(candidates, "LONG", 6)
    chooser = random.Random(3)
    texts = {handle: sorted({int(90 * chooser.random() ** 3) for _ in range(6)}) for handle in range(1, 80)}
    index = Index(db)
    stored = [handle for handle in texts if handle % 2]
    for handle in stored:
        index.add(np.array(texts[handle], np.uint64), np.full(len(texts[handle]), handle, np.uint32))
    new = [handle for handle in texts if not handle % 2]
    keys = np.concatenate([texts[handle] for handle in new]).astype(np.uint64)
    handles = np.repeat(new, [len(texts[handle]) for handle in new]).astype(np.uint32)
    with speed.using(speed.load() if compiled else None):
        batch, at = Postings.gather(index, keys, handles), 0
        for handle in new:
            own = slice(at, at := at + len(texts[handle]))
            told = {c.handle: (c.shared, c.thin) for c in batch.candidates(handle, own)}
            assert told == expected(texts, handle, stored)


def expected(texts, handle, stored):
    holders = {key: sorted(h for h in texts if key in texts[h]) for key in texts[handle]}
    told = {}
    for other in texts:
        if other == handle or (other not in stored and other < handle):
            continue
        seen = [
            key
            for key, held in holders.items()
            if other in held and (len(held) <= 6 or min(held.index(handle), held.index(other)) < 6)
        ]
        if len(seen) > 1 or (seen and len(holders[seen[0]]) <= 4):
            told[other] = (len(seen), seen[0] if len(seen) == 1 else None)
    return told


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, (1 << KEY_BITS) - 1)), max_size=40))
def test_keys_each_once_and_where_each_stands(keys):
    given_keys = np.array(keys, np.uint64)
    unique, places = distinct(given_keys)
    assert unique.tolist() == sorted(set(keys))
    assert unique[places].tolist() == keys
