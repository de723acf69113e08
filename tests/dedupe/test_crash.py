import os
import random
import signal
import subprocess
import sys
import time

import pytest

from db.store import open_db
from tests.dedupe.planted import corpus, link, pairs, store

LINK = """
import sys
from db.store import open_db
from tests.dedupe.planted import link
db = open_db(sys.argv[1])
print("open", flush=True)
link(db, batch=5)
print("done", flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_run_goes_on_where_it_stopped_and_ends_in_the_same(tmp_path, seed):
    path = tmp_path / "news.db"
    whole, db = open_db(":memory:"), open_db(path, create=True)
    for url, text in corpus(seed, 60):
        store(whole, url, text)
        store(db, url, text)
    db.close()
    link(whole)
    chooser, environment = random.Random(seed), {**os.environ, "NEWSTRACE_PURE": "1"}
    for _ in range(3):
        run = subprocess.Popen(
            [sys.executable, "-c", LINK, str(path)], stdout=subprocess.PIPE, env=environment
        )
        assert run.stdout.readline() == b"open\n"
        time.sleep(chooser.uniform(0, 0.4))
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
    db = open_db(path)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    link(db)
    assert pairs(db) == pairs(whole)
