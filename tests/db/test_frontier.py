from datetime import timedelta

from db.store import Answer, due, forget, put_found, validators, visited

URL = "https://a.example/1"


def _found(noon, url=URL):
    return (url, "a.example", "article", "https://a.example/feed", noon)


def test_a_url_is_found_once_and_due_at_once(db, noon):
    assert put_found(db, [_found(noon), _found(noon)]) == 1
    assert put_found(db, [_found(noon + timedelta(hours=1))]) == 0
    assert [row["url"] for row in due(db, "a.example", noon)] == [URL]
    assert list(due(db, "b.example", noon)) == []


def test_a_visited_page_is_due_again_at_its_next_visit(db, noon):
    put_found(db, [_found(noon)])
    later = noon + timedelta(hours=3)
    visited(db, URL, "stored", noon, Answer(status=200, etag='"x"', last_modified="Sun", next_visit=later))
    assert list(due(db, "a.example", noon)) == []
    assert [row["state"] for row in due(db, "a.example", later)] == ["stored"]
    assert validators(db, URL) == ('"x"', "Sun")


def test_validators_outlive_an_unchanged_answer_but_not_a_new_page(db, noon):
    put_found(db, [_found(noon)])
    visited(db, URL, "stored", noon, Answer(etag='"x"'))
    visited(db, URL, "unchanged", noon, Answer(status=304))
    assert validators(db, URL) == ('"x"', None)
    visited(db, URL, "stored", noon, Answer(status=200))
    assert validators(db, URL) == validators(db, "https://a.example/never") == (None, None)


def test_failures_are_counted_until_one_visit_works(db, noon):
    put_found(db, [_found(noon)])
    tries = []
    for state in ("failed", "failed", "stored"):
        visited(db, URL, state, noon, Answer(next_visit=noon))
        tries.append(next(due(db, "a.example", noon))["tries"])
    assert tries == [1, 2, 0]


def test_gone_refused_and_forgotten_pages_are_not_due(db, noon):
    urls = [f"https://a.example/{n}" for n in range(3)]
    put_found(db, [_found(noon, url) for url in urls])
    visited(db, urls[0], "gone", noon, Answer(status=410, next_visit=noon))
    visited(db, urls[1], "refused", noon, Answer(next_visit=noon))
    forget(db, urls[2], noon)
    assert list(due(db, "a.example", noon)) == []
    assert put_found(db, [_found(noon, urls[2] + "/")]) == 0
