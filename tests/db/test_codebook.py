import tomllib

from db.codebook import COLUMNS, as_text, codebook
from db.export import COLUMNS as EXPORTED
from db.sample import COLUMNS as SAMPLED


def test_every_column_of_every_export_is_described_in_its_order():
    told = {}
    for row in codebook():
        told.setdefault(row["export"], []).append(row["column"])
    expected = {**EXPORTED, "sample": SAMPLED}
    assert {export: tuple(columns) for export, columns in told.items()} == expected


def test_every_description_says_type_range_and_meaning():
    for row in codebook():
        assert tuple(row) == COLUMNS
        assert all(row.values()), row


def test_one_export_can_be_described_alone():
    assert {row["export"] for row in codebook("links")} == {"links"}
    words = as_text(codebook("matches"))
    assert words.startswith("matches\n  a_url: URL\n")
    assert max(map(len, words.splitlines())) <= 100


def test_the_codebook_names_the_relations_statuses_and_answers_there_are():
    from db.licences import ANSWERS
    from db.records import ARTICLE_KINDS, CREDIT_KINDS, OTHER_EVIDENCE_KINDS, OUTLET_KINDS, RELATIONS
    from db.told import PAGE_REGIONS

    ranges = {(row["export"], row["column"]): row["range"] for row in codebook()}
    for place, words in {
        ("links", "relation"): RELATIONS,
        ("links", "licensed"): ANSWERS,
        ("links", "regions_searched"): PAGE_REGIONS,
        ("evidence", "kind"): (*CREDIT_KINDS, *OTHER_EVIDENCE_KINDS),
        ("outlets", "kind"): OUTLET_KINDS,
        ("articles", "kind"): ARTICLE_KINDS,
    }.items():
        assert " ".join(words) in ranges[place]


def test_the_file_is_a_table_of_tables():
    from db.codebook import _FILE

    assert all(isinstance(columns, dict) for columns in tomllib.loads(_FILE.read_text("utf-8")).values())
