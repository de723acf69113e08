"""Opening the one SQLite file: for writing or for reading, one writing run at a time.

Connections never open a transaction on their own (`isolation_level=None`): a deferred BEGIN that
turns into a write fails at once with "database is locked", whatever the timeout.  Writes go
through `writing`, which takes the write lock first and waits for it.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database, Migrations

from db.errors import Busy, NoDatabase, WrongDatabase
from db.schema import migrations

WAIT = 30.0  # seconds to wait for another writer
CACHE = 32_768  # kilobytes of pages held while writing; SQLite's own 2 MB are read through for every batch

_KNOWN = frozenset(m.name for m in migrations._migrations)  # the set offers no public list of its names
_held: set[int] = set()  # descriptors of the locks this process holds


def _let_go_in_child() -> None:
    """A forked worker must not keep its parent's lock alive after the parent died."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


def open_db(path: str | Path, *, create: bool = False) -> Database:
    """The database at `path`, for writing, its tables brought up to date; ":memory:" is allowed.

    With `create`, a missing file and its folders are made; without it, raises NoDatabase.
    Raises WrongDatabase when the file is something else, or a newer version wrote it.
    """
    memory = str(path) == ":memory:"
    if not memory and not Path(path).exists():
        if not create:
            raise NoDatabase(_missing(path))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    db = _checked(path, lambda: sqlite3.connect(path, isolation_level=None, timeout=WAIT))
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA recursive_triggers = ON")
    if not memory and db.journal_mode != "wal":
        db.enable_wal()
    # With WAL, NORMAL loses no committed write when the process dies, only at a power cut, and
    # never damages the file; FULL would wait for the disk at every article.
    db.execute("PRAGMA synchronous = NORMAL")
    # A statement with triggers keeps an undo journal of its own: as a file it costs more than the statement.
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(f"PRAGMA cache_size = -{CACHE}")
    if migrations.pending(db):
        with writing(db):
            migrations.apply(db)
    return db


def open_read(path: str | Path) -> Database:
    """The database at `path`, read-only; it can be read while another process writes.

    Raises NoDatabase when there is no file, WrongDatabase when it is something else, a newer
    version wrote it, or an older version wrote it and nothing has written since.
    """
    must_exist(path)
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    db = _checked(path, lambda: sqlite3.connect(address, uri=True, isolation_level=None, timeout=WAIT))
    if migrations.pending(db):
        held = migrations.applied(db)
        db.close()
        if not held:
            raise WrongDatabase(f"{path} is no newstrace database: it is empty")
        raise WrongDatabase(
            f"{path} was written by an older newstrace: run any writing command once "
            f"(for example `newstrace --db {path} link`) to bring it up to date"
        )
    return db


def must_exist(path: str | Path) -> None:
    """Raise NoDatabase where no file is at `path`: a mistyped name must not make a database."""
    if not Path(path).is_file():
        raise NoDatabase(_missing(path))


def _missing(path: str | Path) -> str:
    return (
        f"there is no database at {path}: `newstrace import FILE` or `newstrace crawl` makes one, "
        "`--db FILE` names another"
    )


def _checked(path: str | Path, connect: Callable[[], sqlite3.Connection]) -> Database:
    """A connection to a newstrace database or to an empty one."""
    try:
        db = Database(connect(), execute_plugins=False)
        applied = {m.name for m in migrations.applied(db)}
        empty = not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise WrongDatabase(f"{path} cannot be opened as a database: {error}") from error
    if newer := applied - _KNOWN:
        db.close()
        raise WrongDatabase(
            f"{path} was written by a newer newstrace (it knows {', '.join(sorted(newer))}): update newstrace"
        )
    if not applied and not empty and not _is_ours(db):
        db.close()
        raise WrongDatabase(f"{path} is a database of some other program: name another file with --db")
    return db


def _is_ours(db: Database) -> bool:
    """Whether only the migrations table stands there: a first run was killed before its tables."""
    return db.table_names() == [Migrations.migrations_table]


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """One transaction that holds the write lock from its start; inside another one it joins it."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise
    db.conn.execute("COMMIT")


@contextmanager
def trusting(db: Database) -> Iterator[None]:
    """`writing`, but what rows refer to is not looked up again: for rows made of what the same transaction
    has read.  What is deleted meanwhile takes nothing along.  Inside another transaction it joins that.
    """
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("PRAGMA foreign_keys = OFF")
    try:
        with writing(db):
            yield
    finally:
        db.conn.execute("PRAGMA foreign_keys = ON")


@contextmanager
def lock(path: str | Path) -> Iterator[None]:
    """The right to be the one writing run on the database at `path`, until the block ends.

    The lock is the system's own on `PATH.lock`, so it ends with the process, however that ends.
    Raises Busy, naming the process that holds it, and WrongDatabase where no file can be made there.
    """
    if str(path) == ":memory:":
        yield
        return
    name = f"{path}.lock"
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise WrongDatabase(f"{path}: no database can be written there: {error.strerror}") from error
    try:
        _take(descriptor, name)
        _held.add(descriptor)
        yield
    finally:
        if descriptor in _held:
            _held.remove(descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child just forked may still hold a copy
        os.close(descriptor)


def _take(descriptor: int, name: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise Busy(f"another run (process {holder}) is writing: it holds {name}") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
