import csv
import io

import pytest

from db.accuracy import accuracy, as_text
from db.coders import take_files
from db.errors import BadInput, UnknownLink
from db.export import links
from db.judgements import Word, all_words, judge, judgements
from db.linking import merge_phantoms
from db.links import replace_links
from db.records import Alias, Link, Outlet
from db.sample import COLUMNS, sample
from db.store import check, forget, open_db, outlet_row, put_article, put_links, put_outlets, put_phantom

A, B, C, D = (f"https://{letter}.example/1" for letter in "abcd")
SURE = {"p_related": 0.9, "p_direction": 0.9, "p_direct": 0.9, "status": "accepted"}


@pytest.fixture
def filled(tmp_path):
    """Writes a coder's file: `filled("ana", (B, A, "accept"), ...)`, with further columns by name."""

    def write(name, *rows, delimiter=",", encoding="utf-8", **more):
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, COLUMNS, restval="", delimiter=delimiter)
        writer.writeheader()
        for child, source, verdict in rows:
            told = {"child_url": child, "source_url": source, "verdict": verdict, "stratum": "candidate"}
            writer.writerow(told | {"stratum_size": "10"} | more)
        path = tmp_path / f"{name}.csv"
        path.write_bytes(file.getvalue().encode(encoding))
        return path

    return write


@pytest.fixture
def take(db, noon):
    return lambda *paths, by="": take_files(db, list(paths), by=by, now=noon)


def status(db):
    return {(row["child_url"], row["parent_url"] or row["parent_name"]): (row["status"], row["decided_by"])
            for row in links(db, all_=True)}  # fmt: skip


def test_the_majority_decides_and_a_tie_is_left_to_the_rules(db, linked, filled, take):
    linked("ba", "ca", "da")
    files = [
        filled("ana", (B, A, "reject"), (C, A, "accept"), (D, A, "unsure")),
        filled("ion", (B, A, "Reject "), (C, A, "reject"), (D, A, "unsure")),
        filled("eva", (B, A, "accept")),
    ]
    pairs, kept, refused = take(*files)
    assert (pairs, kept, refused) == ({(B, A), (C, A), (D, A)}, 7, [])
    assert status(db) == {
        (B, A): ("rejected", "human"),
        (C, A): ("accepted", "rule"),
        (D, A): ("accepted", "rule"),
    }
    assert {word.judge for word in all_words(db)} == {"ana", "ion", "eva"}


def test_a_link_that_becomes_a_tie_is_given_back_to_the_rules(db, linked, filled, take):
    ids = linked("ba")
    db.execute("INSERT INTO judged SELECT id, '1' FROM versions")
    take(filled("ana", (B, A, "reject")))
    take(filled("ion", (B, A, "accept")))
    assert status(db) == {(B, A): ("candidate", "rule")}
    waiting = "SELECT v.article_id FROM versions v WHERE id NOT IN (SELECT version_id FROM judged)"
    assert db.execute(waiting).fetchall() == [(ids["b"],)]


def test_a_coder_may_change_their_mind(db, linked, filled, take):
    linked("ba")
    take(filled("ana", (B, A, "reject")))
    take(filled("ana", (B, A, "accept")))
    assert status(db) == {(B, A): ("accepted", "human")}
    assert judgements(db) == {(B, A): "accept"}


def test_bad_rows_are_named_with_their_number_and_the_rest_goes_in(db, linked, filled, take):
    linked("ba")
    path = filled(
        "ana", (B, A, ""), (B, A, "yes"), ("", A, "accept"), (B, "https://z.example/9", "accept"),
        (B, B, "accept"), ("no url", A, "accept"), (B, "phantom: ", "accept"), (B, A, "accept"),
    )  # fmt: skip
    _, kept, refused = take(path)
    assert kept == 1
    words = ["no verdict", "not 'yes'", "no child_url", "no article", "one article", "no url", "phantom:NAME"]
    assert len(refused) == len(words)
    for number, (told, word) in enumerate(zip(refused, words, strict=True), start=2):
        assert f"row {number}: " in told
        assert word in told


@pytest.mark.parametrize("size", ["many", "-1", "0", "1e9", "9" * 40, "²"])
def test_a_stratum_size_that_is_no_number_is_refused(linked, filled, take, size):
    linked("ba")
    _, kept, refused = take(filled("ana", (B, A, "accept"), stratum_size=size))
    assert (kept, len(refused)) == (0, 1)


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (",", "utf-8-sig")])
def test_a_file_is_read_as_spreadsheets_save_it(db, linked, filled, take, delimiter, encoding):
    linked("ba")
    path = filled("ana", (B, A, "accept"), delimiter=delimiter, encoding=encoding, note="știre; =1+1\nzwei")
    path.write_bytes(path.read_bytes().replace(b"child_url", b" Child_URL ", 1))
    assert take(path)[1] == 1
    assert [word.note for word in all_words(db)] == ["știre; =1+1\nzwei"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column 'child_url'"),
        (b"a,b\n1,2\n", "no column 'child_url'"),
        (b"child_url,source_url\n", "no column 'verdict'"),
        (b"child_url,source_url,verdict\n\xff\xfe,x,accept\n", "not UTF-8"),
        (b"child_url,source_url,verdict\n" + b"x" * 1_000_001, "not a CSV file"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_such_table_stops_all(db, linked, filled, take, tmp_path, content, said):
    linked("ba")
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        take(filled("ana", (B, A, "accept")), path)
    assert list(all_words(db)) == []


def test_short_long_and_empty_rows_do_no_harm(linked, take, tmp_path):
    linked("ba")
    path = tmp_path / "x.csv"
    path.write_text(f"child_url,source_url,verdict\n\n,,\n{B}\n{B},{A},accept,more,{'x' * 99}\n", "utf-8")
    pairs, kept, refused = take(path)
    assert (pairs, kept, len(refused)) == ({(B, A)}, 1, 1)


@pytest.mark.parametrize(
    ("by", "row", "judge"), [("", "", "ana"), ("Ana P.", "", "Ana P."), ("x", "Eva", "Eva")]
)
def test_who_says_so_is_the_rows_name_the_options_or_the_files(db, linked, filled, take, by, row, judge):
    linked("ba")
    take(filled("ana", (B, A, "accept"), by=row), by=by)
    assert [word.judge for word in all_words(db)] == [judge]


def test_an_accepted_sibling_stays_one_and_a_rejected_one_goes(db, linked, filled, take):
    linked("ba", "dc", relation="sibling")
    take(filled("ana", (B, A, "accept"), (D, C, "reject"), relation="sibling"))
    found = {row["relation"]: row["status"] for row in links(db)}
    assert found == {"sibling": "accepted"}
    assert sorted(row["status"] for row in links(db, all_=True)) == ["accepted", "rejected"]


def test_pairs_that_nothing_links_are_linked_or_kept_apart_for_good(db, made, filled, take):
    ids = [put_article(db, made(url, text=url)).article for url in (A, B, C)]
    take(filled("ana", (B, A, "accept"), (C, A, "reject")))
    assert status(db) == {(B, A): ("accepted", "human"), (C, A): ("rejected", "human")}
    again = [Link(child=ids[2], source=ids[0], relation="republishes", **SURE)]
    replace_links(db, ids, again, rule_version="2", run=None)
    assert status(db)[C, A] == ("rejected", "human")


@pytest.fixture
def wire(db, noon):
    """The phantom of an outlet's story: `wire("k")`."""

    def make(key="k", name="The Wire", domain=None):
        return put_phantom(db, outlet=outlet_row(db, Outlet(domain=domain, name=name)), key=key, seen=noon)

    return make


@pytest.fixture
def judged(db, made, wire, noon):
    """A page whose link to a phantom a person rejected; gives both ids."""
    child, phantom = put_article(db, made(B)).article, wire()
    put_links(db, [Link(child=child, source=phantom, relation="credits", **SURE)], rule_version="1", run=None)
    judge(db, B, "phantom:the  wire", "reject", note="a quote", by="Ana", now=noon)
    return child, phantom


def test_a_rejected_phantom_stays_rejected_when_its_story_gets_another_key(db, judged, wire):
    child, old = judged
    new = wire("other")
    replace_links(
        db,
        [child, old],
        [Link(child=child, source=new, relation="credits", **SURE)],
        rule_version="2",
        run=None,
    )
    assert status(db) == {(B, "The Wire"): ("rejected", "human")}
    assert db.execute("SELECT id FROM articles WHERE phantom = 1").fetchall() == [(new,)]


def test_a_rejected_phantom_stays_rejected_when_its_name_is_placed(db, judged, wire):
    child, old = judged
    put_outlets(
        db, [Outlet(domain="wire.example", name="Wire Agency", aliases=(Alias(text="The Wire"),))], "outlets"
    )
    new = wire("x", "Wire Agency", "wire.example")
    replace_links(
        db,
        [child, old],
        [Link(child=child, source=new, relation="credits", **SURE)],
        rule_version="2",
        run=None,
    )
    assert status(db) == {(B, "Wire Agency"): ("rejected", "human")}


def test_another_source_that_is_not_seen_is_another_question(db, judged, wire):
    child, _ = judged
    put_links(
        db,
        [Link(child=child, source=wire("y", "Polaris"), relation="credits", **SURE)],
        rule_version="2",
        run=None,
    )
    assert status(db) == {(B, "The Wire"): ("rejected", "human"), (B, "Polaris"): ("accepted", "rule")}


@pytest.mark.parametrize("already", [True, False])
def test_a_word_on_a_phantom_follows_it_to_its_real_page(db, made, judged, already):
    child, phantom = judged
    outlet = db.execute("SELECT outlet_id FROM articles WHERE id = ?", [phantom]).fetchone()[0]
    real, other = put_article(db, made(A)).article, put_article(db, made(C)).article
    db.execute("UPDATE articles SET outlet_id = ? WHERE id = ?", [outlet, real])
    facts = {"relation": "republishes", **SURE}
    put_links(db, [Link(child=other, source=phantom, **facts)], rule_version="1", run=None)
    if already:
        put_links(db, [Link(child=child, source=real, **facts)], rule_version="1", run=None)
    told = [Link(child=other, source=real, **facts)]
    merge_phantoms(db, told)
    replace_links(db, [child, phantom, real, other], told, rule_version="2", run=None)
    assert status(db) == {(B, A): ("rejected", "human"), (C, A): ("accepted", "rule")}
    assert check(db) == []


def test_a_phantom_can_be_judged_by_name_only_where_it_is_linked(db, made, judged, noon):
    said = {"note": "", "by": "", "now": noon}
    with pytest.raises(UnknownLink, match="phantom:Polaris"):
        judge(db, B, "phantom:Polaris", "accept", **said)
    with pytest.raises(BadInput, match="phantom:NAME"):
        judge(db, B, "phantom:--", "accept", **said)
    judge(db, B, "phantom:The Wire", "accept", **said)
    assert status(db) == {(B, "The Wire"): ("accepted", "human")}


def test_a_word_on_a_page_that_was_forgotten_goes_with_it(db, linked, filled, take, noon):
    linked("ba", "ca")
    take(filled("ana", (B, A, "accept"), (C, A, "accept")))
    forget(db, "b.example", noon)
    assert [word.child for word in all_words(db)] == [C]
    take(filled("ana", (C, A, "reject")))
    assert status(db) == {(C, A): ("rejected", "human")}


def word(number, verdict, judge="ana", stratum="accepted, certain, republishes", size=100, **more):
    return Word(
        child=f"c{number}",
        source="s",
        verdict=verdict,
        judge=judge,
        stratum=stratum,
        stratum_size=size,
        **more,
    )


def test_precision_is_weighed_by_stratum_with_its_interval():
    sure = [word(n, "accept") for n in range(10)]
    weak = [word(n, "accept" if n < 25 else "reject", stratum="accepted, likely, excerpts", size=300)
            for n in range(20, 30)]  # fmt: skip
    found = accuracy([*sure, *weak])
    assert found.precision.share == pytest.approx((100 * 1.0 + 300 * 0.5) / 400)
    assert (found.precision.labelled, found.precision.standing_for) == (20, 400)
    # Effective size (10*10 + 10*30)^2 / (10*100 + 10*900) = 16; Wilson of .625 on 16.
    assert (found.precision.low, found.precision.high) == pytest.approx((0.3864, 0.8152), abs=0.0005)
    assert found.missed["recall"] is None


def test_recall_counts_what_the_other_strata_hide():
    right = [word(n, "accept", size=90) for n in range(10)]
    others = [word(n, "accept" if n == 20 else "reject", stratum="candidate", size=50) for n in range(20, 30)]
    found = accuracy([*right, *others])
    assert found.missed["links_missed"] == pytest.approx(5)
    assert found.missed["recall"] == pytest.approx(90 / 95)
    assert found.missed["of"] == ["candidate"]
    assert found.sibling_precision.share is None


def test_unsure_is_no_answer_and_what_was_not_drawn_is_left_out():
    words = [word(1, "accept"), word(2, "unsure"), word(3, "reject", stratum=None, size=None)]
    found = accuracy(words)
    assert (found.precision.share, found.precision.labelled) == (1.0, 1)
    assert (found.undecided, found.unsampled) == (1, 1)


def test_two_coders_get_kappa_and_more_get_alpha():
    pairs = [("accept", "accept")] * 20 + [("accept", "reject")] * 5
    pairs += [("reject", "accept")] * 10 + [("reject", "reject")] * 15
    two = [
        word(n, v, judge) for n, both in enumerate(pairs) for v, judge in zip(both, ("a", "b"), strict=True)
    ]
    found = accuracy([*two, word(99, "accept", "a")])
    assert "Cohen" in found.agreement["measure"]
    assert (found.agreement["value"], found.agreement["links"]) == (pytest.approx(0.4), 50)
    assert len(found.disagreements) == found.undecided == 15
    assert "Krippendorff" in accuracy([*two, word(0, "accept", "c")]).agreement["measure"]
    assert "Cohen's kappa (1960) 0.400" in as_text(found, listed=False)


def test_words_without_a_name_are_no_coders():
    named = [word(n, v, judge) for n in range(4) for judge, v in (("a", "accept"), ("b", "accept"))]
    found = accuracy([*named, word(0, "reject", ""), word(1, "reject", "")])
    assert found.agreement["coders"] == ["a", "b"]
    assert "Cohen" in found.agreement["measure"]
    assert "no coder with a name" in as_text(accuracy([word(1, "accept", "")]), listed=True)


def test_one_coder_nobody_and_no_words_have_figures_too():
    assert "one coder only" in as_text(accuracy([word(1, "accept")]), listed=True)
    assert "not known" in as_text(accuracy([]), listed=True)


def test_names_and_notes_move_no_cursor():
    assert "\x1b" not in as_text(
        accuracy([word(1, "accept", "\x1b[2Jx"), word(1, "reject", "y")]), listed=True
    )


def test_a_sample_comes_back_whole(db, linked, filled, take, tmp_path):
    linked("ba", "ca")
    linked("da", status="candidate")
    rows = sample(db, 10, 0)
    path = tmp_path / "ana.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(row | {"verdict": "accept"} for row in rows)
    pairs, kept, refused = take(path)
    assert (pairs, kept, refused) == ({(B, A), (C, A), (D, A)}, 3, [])
    found = accuracy(all_words(db))
    assert (found.precision.share, found.precision.standing_for) == (1.0, 2)
    assert found.missed["recall"] == pytest.approx(2 / 3)


def test_an_older_databases_judgements_are_kept(noon):
    db = open_db(":memory:")
    db.execute("DELETE FROM _sqlite_migrations WHERE name = 'coded'")
    db.execute("DROP TABLE judgements")
    db.execute(
        "CREATE TABLE judgements "
        "(child_url TEXT, source_url TEXT, verdict TEXT, note TEXT, judge TEXT, judged TEXT)"
    )
    db.execute("INSERT INTO judgements VALUES (?, ?, 'accept', 'n', 'Ana', '2026-01-01')", [B, A])
    from db.schema import migrations

    migrations.apply(db)
    (kept,) = all_words(db)
    assert (kept.verdict, kept.judge, kept.stratum) == ("accept", "Ana", None)
    db.close()
