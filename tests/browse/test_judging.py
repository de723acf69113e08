"""Judging from the page: off by itself, and with --write only for who has the token and the form's own."""

import asyncio
import re
import urllib.parse

import pytest

from db.browse.answer import Tools
from db.browse.serve import browser
from db.open import lock, open_read

COPY, SOURCE = "https://copy.example/1", "https://source.example/1"
WORD = {"child": COPY, "source": SOURCE, "verdict": "reject", "note": "seen it", "by": "me", "back": COPY}


@pytest.fixture
def desk(small):
    """`desk(post, secret=..., cookie=..., forged=...)`: the answer to a judgement, and the links after it."""

    async def ask(fields, secret, cookie, forged):
        shown = browser(small, Tools(path=small if secret else None, secret=secret))
        form = await shown.client.get("/-/trace", params={"url": COPY}, cookies={"newstrace_write": cookie})
        found = re.search(r'name="csrftoken" value="([^"]+)"', form.text)
        cookies = {"newstrace_write": cookie, "ds_csrftoken": form.cookies.get("ds_csrftoken", "x")}
        token = "forged" if forged or not found else found[1]
        return form, await shown.client.post("/-/judge", data=fields | {"csrftoken": token}, cookies=cookies)

    def go(fields, *, secret="s3cret", cookie="s3cret", forged=False):
        form, answer = asyncio.run(ask(fields, secret, cookie, forged))
        rows = list(open_read(small).query("SELECT status, decided_by FROM links ORDER BY id"))
        return form, answer, rows

    return go


def test_a_judged_link_is_kept_and_leads_back(desk):
    form, answer, rows = desk(WORD)
    assert "Judge this link" in form.text
    assert answer.status_code == 303
    assert urllib.parse.unquote(answer.headers["location"]).endswith(COPY)
    assert rows[0] == {"status": "rejected", "decided_by": "human"}


@pytest.mark.parametrize(
    "how",
    [{"secret": ""}, {"cookie": ""}, {"cookie": "guessed"}, {"forged": True}, {"secret": "", "cookie": ""}],
)
def test_nobody_else_can_judge(desk, how):
    form, answer, rows = desk(WORD, **how)
    assert answer.status_code == 403
    assert rows[0]["decided_by"] == "rule"
    assert ("Judge this link" in form.text) == (how == {"forged": True})


@pytest.mark.parametrize(
    "wrong", [{"verdict": "perhaps"}, {"child": "https://nowhere.example/"}, {"child": ""}]
)
def test_a_word_that_cannot_be_kept_is_answered(desk, wrong):
    assert desk(WORD | wrong)[1].status_code == 400


def test_a_note_decides_nothing_and_is_shown_with_who_wrote_it(desk):
    _, answer, rows = desk(WORD | {"verdict": "unsure", "note": "ask <b>them</b>", "by": "ana"})
    assert answer.status_code == 303
    assert rows[0] == {"status": "accepted", "decided_by": "rule"}
    page = desk(WORD | {"child": ""})[0].text
    assert "ana: not sure" in page
    assert "ask &lt;b&gt;them&lt;/b&gt;" in page


def test_who_decided_and_is_not_sure_any_more_gives_the_link_back_to_the_rules(desk):
    assert desk(WORD)[2][0]["decided_by"] == "human"
    assert "Rejected by people (1)" in desk(WORD | {"child": ""})[0].text
    assert desk(WORD | {"verdict": "unsure"})[2][0] == {"status": "candidate", "decided_by": "rule"}


def test_a_phantom_can_be_judged(desk):
    rows = desk(WORD | {"child": SOURCE, "source": "phantom:Agency"})[2]
    assert rows[1]["decided_by"] == "human"


def test_while_another_run_writes_nothing_is_kept(desk, small):
    with lock(small):
        answer, rows = desk(WORD)[1:]
    assert answer.status_code == 503
    assert rows[0]["decided_by"] == "rule"


@pytest.mark.parametrize(("token", "status"), [("s3cret", 303), ("", 403), ("wrong", 403), ("é", 403)])
def test_the_printed_address_gives_the_cookie(small, token, status):
    shown = browser(small, Tools(path=small, secret="s3cret"))
    answer = asyncio.run(shown.client.get("/-/write", params={"token": token}))
    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) == (status == 303)
    if status == 303:
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "SameSite=Strict" in answer.headers["set-cookie"]


def test_a_pack_comes_from_the_page(asked, small):
    answer = asked(small)("/-/pack", params={"url": COPY})
    assert answer.headers["content-type"] == "application/zip"
    assert answer.content[:2] == b"PK"
    assert asked(small)("/-/pack", params={"url": "https://nowhere.example/"}).status_code == 404
