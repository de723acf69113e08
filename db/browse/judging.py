"""Accepting or rejecting a link from the page: only under `serve --write`, only with its token.

The server prints an address with a secret once; who opens it gets a cookie that no other site's page
can use (SameSite=Strict), and every form carries Datasette's own token against forged requests.
"""

import hmac
from datetime import UTC, datetime

from sqlite_utils import Database

from db.browse.answer import Answer, Ask, address, page
from db.errors import Busy, NewsError
from db.judgements import Word, put_word, settle_all
from db.judgements import judge as put_judgement
from db.open import lock, open_db, writing

COOKIE = "newstrace_write"
MAX_NOTE = 2000  # characters


def may_write(ask: Ask) -> bool:
    """Whether this reader may judge."""
    secret = ask.tools.secret
    return bool(secret and ask.tools.path) and hmac.compare_digest(
        ask.cookies.get(COOKIE, "").encode(), secret.encode()
    )


def enter(db: Database, ask: Ask) -> Answer:  # noqa: ARG001 - the signature of every page
    """`/-/write?token=`: the cookie, for who knows the secret."""
    secret = ask.tools.secret
    if not secret or not hmac.compare_digest(ask.arg("token").encode(), secret.encode()):
        return page(
            ask,
            "message.html",
            status=403,
            words="Writing is off: this is not the address that `newstrace serve --write` printed.",
            back="/",
        )
    cookie = f"{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict"
    return Answer(body="", status=303, headers={"Location": "/", "Set-Cookie": cookie})


def judge(db: Database, ask: Ask) -> Answer:  # noqa: ARG001 - it writes over a connection of its own
    """Keep a person's word on a link; back to the page it came from."""
    if ask.post is None:
        return page(ask, "message.html", status=405, words="Judge with the form below a link.", back="/")
    if not may_write(ask):
        return page(
            ask,
            "message.html",
            status=403,
            words="Judging is off. Start with `newstrace serve --write` and open the address it prints.",
            back="/",
        )
    said = {
        name: ask.post.get(name, "").strip()[:MAX_NOTE]
        for name in ("child", "source", "verdict", "note", "by", "back")
    }
    back = address("/-/trace", url=said["back"] or said["child"])
    try:
        _keep(ask, said)
    except Busy as error:
        words = f"{error}. Nothing was kept: try again when it is done."
        return page(ask, "message.html", status=503, words=words, back=back)
    except NewsError as error:
        return page(ask, "message.html", status=400, words=str(error), back=back)
    return Answer(body="", status=303, headers={"Location": back})


def _keep(ask: Ask, said: dict[str, str]) -> None:
    """Write the word, as the one run that may write."""
    with lock(ask.tools.path):
        db = open_db(ask.tools.path)
        try:
            if said["verdict"] == "unsure":
                _note(db, said)
            else:
                more = {"note": said["note"], "by": said["by"], "now": datetime.now(UTC)}
                put_judgement(db, said["child"], said["source"], said["verdict"], **more)
        finally:
            db.close()


def _note(db: Database, said: dict[str, str]) -> None:
    """Keep a word that decides nothing; who had decided before takes that back with it."""
    word = Word(
        child=said["child"], source=said["source"], verdict="unsure", judge=said["by"], note=said["note"]
    )
    with writing(db):
        settle_all(db, {put_word(db, word, datetime.now(UTC))})
