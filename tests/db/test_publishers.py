import pytest

from db.lookup import names
from db.records import Alias, Outlet
from db.store import outlet_row, put_outlets


def _row(db, domain):
    return db.execute("SELECT name, kind, origin FROM outlets WHERE domain = ?", [domain]).fetchone()


@pytest.mark.parametrize(
    ("first", "second", "believed"),
    [
        ("catalogue", "outlets", "first"),
        ("outlets", "catalogue", "second"),
        ("page", "outlets", "second"),
        ("outlets", "page", "first"),
        ("catalogue", "catalogue", "second"),
        ("catalogue", "own", "second"),
        ("own", "catalogue", "first"),
    ],
)
def test_the_better_informed_is_believed(db, first, second, believed):
    put_outlets(db, [Outlet(domain="a.example", name="first", aliases=(Alias(text="One"),))], first)
    put_outlets(db, [Outlet(domain="a.example", name="second", aliases=(Alias(text="Two"),))], second)
    assert _row(db, "a.example")[0] == believed
    aliases = [row[0] for row in db.execute("SELECT alias FROM outlet_aliases")]
    assert aliases == ["One" if believed == "first" else "Two"]


def test_an_unknown_origin_is_a_mistake_of_the_caller(db):
    with pytest.raises(ValueError, match="hearsay"):
        put_outlets(db, [], "hearsay")


def test_an_outlet_is_one_row_by_domain_or_by_bare_name(db):
    a = outlet_row(db, Outlet(domain="a.example", name="A"))
    assert outlet_row(db, Outlet(domain="a.example", name="Other")) == a
    bare = outlet_row(db, Outlet(domain=None, name="Radio Nowhere"))
    assert outlet_row(db, Outlet(domain=None, name="Radio Nowhere")) == bare != a
    assert db.execute("SELECT origin, resolved FROM outlets WHERE id = ?", [bare]).fetchone() == ("credit", 0)


def test_stored_names_find_their_outlets_again(db):
    harbour = Outlet(
        domain="harbour.example",
        name="Harbour Post",
        kind="outlet",
        aliases=(Alias(text="HP", needs="anchor"),),
    )
    put_outlets(db, [Outlet(domain="other.example", name="Harbour Post")], "outlets")
    put_outlets(db, [harbour], "catalogue")
    found = names(db)
    assert found.find("the Harbour Post", anchored=False) == harbour
    assert found.find("HP", anchored=False) is None
    assert found.find("HP", anchored=True) == harbour
    assert found.at("https://www.harbour.example/x") == harbour
