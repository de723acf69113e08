"""The shipped list of outlets: wide, tidy, and safe to match."""

import pytest

from crawler.sites import names, shipped_outlets
from db.urls import domain

OUTLETS = shipped_outlets()
NAMES = names()


def test_the_list_is_wide():
    assert len(OUTLETS) >= 150
    assert len({o.country for o in OUTLETS}) >= 40
    assert {"agency", "outlet", "broadcaster", "photo_agency", "press_office"} <= {o.kind for o in OUTLETS}


def test_domains_are_hosts_and_unique():
    domains = [o.domain for o in OUTLETS]
    assert len(domains) == len(set(domains))
    assert [d for d in domains if not domain(f"https://{d}/")] == []


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("АФП", "afp.com"),
        ("法新社", "afp.com"),
        ("فرانس برس", "afp.com"),
        ("ロイター", "reuters.com"),
        ("رويترز", "reuters.com"),
        ("연합뉴스", "yna.co.kr"),
        ("新华社", "xinhuanet.com"),
        ("एएनआई", "aninews.in"),
        ("УНІАН", "unian.ua"),
        ("Deutschen Presse-Agentur", "dpa.com"),
        ("AGERPRES", "agerpres.ro"),
        ("Hotnews", "hotnews.ro"),
        ("The Associated Press", "apnews.com"),
        ("Le Figaro", "lefigaro.fr"),
    ],
)
def test_an_outlet_is_found_by_its_names_in_other_languages(spelled, expected):
    assert NAMES.find(spelled, anchored=False).domain == expected


@pytest.mark.parametrize("short", ["AP", "PA", "APA", "TT", "AA"])
def test_homographs_need_an_anchor(short):
    assert NAMES.find(short, anchored=False) is None
    assert NAMES.find(short, anchored=True).kind == "agency"
    assert NAMES.find(short.lower(), anchored=True) is None
