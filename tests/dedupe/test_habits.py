"""What outlets are in the habit of: learned from their own credits, weak, and the same in any order."""

import random

import pytest

from db.progress import Tell, silent
from db.store import check, forget, open_db, put_article
from db.values import one
from dedupe.run import link
from tests.dedupe.by_hand import NOW, credit, page, text, told

BARE, SOURCE = "http://taker.example/bare", "http://giver.example/bare"
CREDITED = [
    article
    for n in range(6)
    for article in (
        page(f"http://giver.example/{n}", text(n * 5, n * 5 + 1, n * 5 + 2), hour=1),
        page(f"http://taker.example/{n}", text(n * 5, n * 5 + 1, n * 5 + 2), credit("Giver"), hour=5),
    )
]
PAIR = [page(SOURCE, text(90, 91, 92), hour=1), page(BARE, text(90, 91, 92), hour=9)]


def link_all(db, **how):
    return link(db, now=NOW, tell=Tell(str, silent), **how)


def filled(*articles, dice=None):
    db = open_db(":memory:")
    for article in articles:
        put_article(db, article)
        if dice and dice.random() < 0.3:
            link_all(db)
    link_all(db)
    assert check(db) == []
    return db


def test_a_bare_copy_alone_has_no_direction():
    assert (BARE, SOURCE, "republishes") in told(filled(*PAIR), "candidate")


def test_what_an_outlet_often_does_speaks_for_a_bare_copy():
    assert (BARE, SOURCE, "republishes") in told(filled(*CREDITED, *PAIR))


def test_a_habit_without_a_time_decides_nothing():
    undated = [page(SOURCE, text(90, 91, 92)), page(BARE, text(90, 91, 92))]
    assert (BARE, SOURCE, "republishes") in told(filled(*CREDITED, *undated), "candidate")


def test_two_outlets_that_take_from_each_other_have_no_habit():
    back = [
        page("http://taker.example/own", text(70, 71, 72), hour=1),
        page("http://giver.example/own", text(70, 71, 72), credit("Taker"), hour=4),
    ]
    assert (BARE, SOURCE, "republishes") in told(filled(*CREDITED, *back, *PAIR), "candidate")


@pytest.mark.parametrize("seed", range(5))
def test_the_order_and_the_batches_do_not_matter(seed):
    dice = random.Random(seed)
    articles = [*CREDITED, *PAIR]
    assert told(filled(*dice.sample(articles, len(articles)), dice=dice)) == told(filled(*articles))


def test_a_habit_ends_with_the_pages_it_stands_on():
    db = filled(*CREDITED, *PAIR)
    for n in range(3):
        forget(db, f"http://taker.example/{n}", NOW)
    put_article(db, page("http://fen.example/1", text(60, 61)))
    put_article(db, page("http://moor.example/1", text(60, 61)))
    link_all(db)
    assert one(db, "SELECT count(*) AS n FROM habits")["n"] == 0
    assert (BARE, SOURCE, "republishes") in told(db, "candidate")
    link_all(db, rebuild=True)
    assert (BARE, SOURCE, "republishes") in told(db, "candidate")
