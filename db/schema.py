"""The tables, as migrations: facts are append-only, judgements carry the rule version.

Times are ISO 8601 text in UTC (`2026-03-01T09:30:00+00:00`), lists and maps are JSON text,
truth values 0 or 1.  A null is "unknown"; an empty string is "none stands there".
"""

import sqlite3

from sqlite_utils import Database, Migrations

from db import flow_days, tallies

migrations = Migrations("newstrace")

OUTLETS_AND_ARTICLES = """
CREATE TABLE outlets (
    id INTEGER PRIMARY KEY,
    domain TEXT UNIQUE,              -- registrable domain, edition host or platform account
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    family TEXT,                     -- domain of the family's head
    country TEXT,
    language TEXT,
    origin TEXT NOT NULL,            -- own | catalogue | outlets | page | credit: who told us of it
    resolved INTEGER NOT NULL DEFAULT 1,
    CHECK (domain IS NOT NULL OR resolved = 0)
) STRICT;
CREATE UNIQUE INDEX outlets_unresolved ON outlets (name) WHERE domain IS NULL;

CREATE TABLE outlet_aliases (
    outlet_id INTEGER NOT NULL REFERENCES outlets (id) ON DELETE CASCADE,
    alias TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT '',
    needs TEXT NOT NULL DEFAULT 'none',
    PRIMARY KEY (outlet_id, alias, language)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    outcome TEXT,                    -- done | failed | stopped; null: running, or killed
    counts TEXT NOT NULL DEFAULT '{}',
    versions TEXT NOT NULL DEFAULT '{}'  -- software and rule versions
) STRICT;

CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    outlet_id INTEGER NOT NULL REFERENCES outlets (id),
    url TEXT UNIQUE,                 -- null for a phantom: named, page not seen
    kind TEXT NOT NULL,
    language TEXT,
    title TEXT NOT NULL DEFAULT '',  -- as last read
    published TEXT,                  -- as last read
    phantom INTEGER NOT NULL DEFAULT 0,
    phantom_key TEXT UNIQUE,         -- outlet and story of a phantom
    merged_into INTEGER REFERENCES articles (id),
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    CHECK ((phantom = 1) = (url IS NULL)),
    CHECK ((phantom = 1) = (phantom_key IS NOT NULL))
) STRICT;
CREATE INDEX articles_outlet ON articles (outlet_id);
CREATE INDEX articles_merged ON articles (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX articles_first_seen ON articles (first_seen);
CREATE INDEX articles_published ON articles (published);

CREATE TABLE article_urls (
    url TEXT PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    relation TEXT NOT NULL           -- stored | requested | redirect | canonical | amp | archive | feed
) STRICT, WITHOUT ROWID;
CREATE INDEX article_urls_article ON article_urls (article_id);

CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    fetched TEXT NOT NULL,
    sha256 TEXT NOT NULL,            -- of title, newline, text
    title TEXT NOT NULL,
    words INTEGER NOT NULL,
    kind TEXT NOT NULL,
    language TEXT,
    authors TEXT NOT NULL DEFAULT '[]',
    byline TEXT NOT NULL DEFAULT '',
    section TEXT,
    canonical TEXT,
    published TEXT,
    published_basis TEXT,
    titles TEXT NOT NULL DEFAULT '[]',
    image TEXT,
    is_republication INTEGER,
    reason TEXT NOT NULL DEFAULT '',
    extractor TEXT NOT NULL DEFAULT '',
    status INTEGER,                  -- HTTP status
    robots TEXT,
    reservation TEXT,
    run_id INTEGER REFERENCES runs (id),
    text TEXT NOT NULL               -- last: what stands after a long text is slow to read
) STRICT;
-- The newest first, an unreadable one last.
CREATE INDEX versions_newest ON versions (article_id, (kind = 'unreadable'), fetched DESC, id DESC);
CREATE INDEX versions_run ON versions (run_id);

CREATE TABLE raw_pages (
    version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
    html BLOB NOT NULL               -- zlib
) STRICT;

CREATE TABLE time_claims (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    basis TEXT NOT NULL,
    raw TEXT NOT NULL,
    earliest_utc TEXT NOT NULL,
    latest_utc TEXT NOT NULL,
    zone_known INTEGER NOT NULL,
    plausible INTEGER NOT NULL DEFAULT 1,
    UNIQUE (article_id, kind, basis, raw)
) STRICT;

CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    outlet_id INTEGER NOT NULL REFERENCES outlets (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,              -- of the paragraph's folded words
    text TEXT NOT NULL,
    words INTEGER NOT NULL,
    pages INTEGER NOT NULL,          -- pages of the outlet it stands on
    UNIQUE (outlet_id, hash)
) STRICT;
CREATE INDEX blocks_hash ON blocks (hash);

CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    quote TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',   -- the literal name
    domain TEXT,                     -- as the reader understood it
    outlet_id INTEGER REFERENCES outlets (id),  -- as the linker understands it
    target_url TEXT,
    "start" INTEGER,
    "end" INTEGER,
    scope_start INTEGER,
    scope_end INTEGER,
    hop INTEGER NOT NULL DEFAULT 1,
    language TEXT,
    rule TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX evidence_version ON evidence (version_id);
CREATE INDEX evidence_outlet ON evidence (outlet_id, kind);
"""

MATCHES_AND_LINKS = """
CREATE TABLE signatures (
    version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
    scheme TEXT NOT NULL,            -- affine32: datasketch 2
    size INTEGER NOT NULL,
    shingle INTEGER NOT NULL,        -- words (or characters) per shingle
    hashes BLOB NOT NULL             -- uint32[size], little-endian
) STRICT;

CREATE TABLE matches (
    id INTEGER PRIMARY KEY,
    version_a INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    version_b INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    a_in_b REAL NOT NULL,
    b_in_a REAL NOT NULL,
    jaccard REAL NOT NULL,
    shared_words INTEGER NOT NULL,
    longest_run INTEGER NOT NULL,
    UNIQUE (version_a, version_b),
    CHECK (version_a < version_b)
) STRICT;
CREATE INDEX matches_b ON matches (version_b);

CREATE TABLE passages (
    match_id INTEGER NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    a_start INTEGER NOT NULL,
    a_end INTEGER NOT NULL,
    b_start INTEGER NOT NULL,
    b_end INTEGER NOT NULL,
    words INTEGER NOT NULL,
    PRIMARY KEY (match_id, a_start, b_start)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    child_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    child_version INTEGER REFERENCES versions (id) ON DELETE CASCADE,
    source_version INTEGER REFERENCES versions (id) ON DELETE CASCADE,
    relation TEXT NOT NULL,
    p_related REAL NOT NULL,
    p_direction REAL NOT NULL,
    p_direct REAL NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('accepted', 'candidate', 'rejected')),
    decided_by TEXT NOT NULL CHECK (decided_by IN ('rule', 'human')),
    credited TEXT NOT NULL DEFAULT 'unknown',
    containment REAL,
    jaccard REAL,
    shared_words INTEGER,
    rule_version TEXT NOT NULL,
    run_id INTEGER REFERENCES runs (id),
    UNIQUE (child_id, source_id),
    CHECK (child_id <> source_id)
) STRICT;
CREATE INDEX links_source ON links (source_id);

CREATE TABLE link_evidence (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    evidence_id INTEGER REFERENCES evidence (id) ON DELETE CASCADE,
    match_id INTEGER REFERENCES matches (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    quote TEXT NOT NULL DEFAULT '',
    region TEXT NOT NULL DEFAULT '',
    weight REAL NOT NULL             -- log-odds; negative speaks against
) STRICT;
CREATE INDEX link_evidence_link ON link_evidence (link_id);
CREATE INDEX link_evidence_evidence ON link_evidence (evidence_id);
CREATE INDEX link_evidence_match ON link_evidence (match_id);

CREATE TABLE judgements (
    child_url TEXT NOT NULL,
    source_url TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject')),
    note TEXT NOT NULL DEFAULT '',
    judge TEXT NOT NULL DEFAULT '',
    judged TEXT NOT NULL,
    PRIMARY KEY (child_url, source_url, judge)
) STRICT;
"""

CRAWL_STATE = """
CREATE TABLE frontier (
    url TEXT PRIMARY KEY,
    site TEXT NOT NULL,              -- domain of the catalogue entry
    kind TEXT NOT NULL,              -- feed | sitemap | front | article
    state TEXT NOT NULL,             -- due | stored | unchanged | refused | failed | gone
    next_visit TEXT,                 -- null: not again
    tries INTEGER NOT NULL DEFAULT 0,
    etag TEXT,
    last_modified TEXT,
    found_in TEXT,                   -- URL of the feed, sitemap or page that named it
    found TEXT NOT NULL,
    visited TEXT,
    status INTEGER,
    note TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX frontier_due ON frontier (site, state, next_visit);

CREATE TABLE tombstones (
    name TEXT PRIMARY KEY,           -- URL or domain that was forgotten and is not fetched again
    forgotten TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

VIEWS = """
CREATE VIEW newest_versions AS
SELECT v.* FROM versions v
 WHERE v.id = (SELECT n.id FROM versions n WHERE n.article_id = v.article_id
                ORDER BY (n.kind = 'unreadable'), n.fetched DESC, n.id DESC LIMIT 1);

CREATE VIEW chains AS
SELECT l.id, c.url AS taken_by, co.name AS taken_by_outlet, l.relation,
       s.url AS source, so.name AS source_outlet, s.phantom AS source_not_seen,
       CASE WHEN l.p_direct >= .95 THEN 'certain' WHEN l.p_direct >= .75 THEN 'likely'
            WHEN l.p_direct >= .5 THEN 'possible' ELSE 'not known' END AS confidence,
       l.p_direct, l.containment, l.credited, l.status, l.decided_by,
       (SELECT group_concat(quote, ' | ') FROM link_evidence
         WHERE link_id = l.id AND weight > 0 AND quote <> '' AND kind NOT IN ('role', 'time')) AS words
  FROM links l
  JOIN articles c ON c.id = l.child_id JOIN outlets co ON co.id = c.outlet_id
  JOIN articles s ON s.id = l.source_id JOIN outlets so ON so.id = s.outlet_id;

CREATE VIEW republications AS
SELECT * FROM chains WHERE relation = 'republishes' AND status = 'accepted';

CREATE VIEW unresolved_credits AS
SELECT e.name, e.kind, count(*) AS pages, min(e.quote) AS example, min(a.url) AS url
  FROM evidence e JOIN versions v ON v.id = e.version_id JOIN articles a ON a.id = v.article_id
  LEFT JOIN outlets o ON o.id = e.outlet_id
 WHERE e.name <> '' AND e.kind <> 'photo_credit' AND (o.id IS NULL OR o.resolved = 0)
 GROUP BY e.name, e.kind;

CREATE VIEW outlet_flows AS
SELECT so.name AS source, co.name AS taken_by, l.relation, count(*) AS links,
       sum(l.credited = 'full') AS credited_in_full, sum(l.credited = 'none_found') AS no_credit_found
  FROM links l
  JOIN articles c ON c.id = l.child_id JOIN outlets co ON co.id = c.outlet_id
  JOIN articles s ON s.id = l.source_id JOIN outlets so ON so.id = s.outlet_id
 WHERE l.status = 'accepted' AND l.relation <> 'sibling' AND l.p_direct >= .5
 GROUP BY so.id, co.id, l.relation;
"""

FULL_TEXT = """
CREATE VIRTUAL TABLE versions_fts USING fts5 (
    title, text, content = 'versions', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER versions_fts_insert AFTER INSERT ON versions BEGIN
    INSERT INTO versions_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER versions_fts_delete AFTER DELETE ON versions BEGIN
    INSERT INTO versions_fts (versions_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER versions_fts_update AFTER UPDATE OF title, text ON versions BEGIN
    INSERT INTO versions_fts (versions_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
    INSERT INTO versions_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
"""

JUDGED = """
CREATE TABLE judged (
    version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
    rule_version TEXT NOT NULL
) STRICT;
CREATE TRIGGER unjudge_new_evidence AFTER INSERT ON evidence BEGIN
    DELETE FROM judged WHERE version_id = new.version_id;
END;
CREATE TRIGGER unjudge_lost_evidence AFTER DELETE ON evidence BEGIN
    DELETE FROM judged WHERE version_id = old.version_id;
END;
CREATE TRIGGER unjudge_resolved_evidence AFTER UPDATE OF outlet_id ON evidence BEGIN
    DELETE FROM judged WHERE version_id = new.version_id;
END;
CREATE TRIGGER unjudge_new_match AFTER INSERT ON matches BEGIN
    DELETE FROM judged WHERE version_id IN (new.version_a, new.version_b);
END;
CREATE TRIGGER unjudge_lost_match AFTER DELETE ON matches BEGIN
    DELETE FROM judged WHERE version_id IN (old.version_a, old.version_b);
END;
CREATE TRIGGER unjudge_changed_match AFTER UPDATE ON matches BEGIN
    DELETE FROM judged WHERE version_id IN (new.version_a, new.version_b);
END;
CREATE TRIGGER unjudge_new_time AFTER INSERT ON time_claims BEGIN
    DELETE FROM judged WHERE version_id IN (SELECT id FROM versions WHERE article_id = new.article_id);
END;
CREATE TRIGGER unjudge_new_address AFTER INSERT ON article_urls BEGIN
    DELETE FROM judged WHERE version_id IN (
        SELECT version_id FROM evidence WHERE target_url = new.url);
END;
CREATE INDEX evidence_target ON evidence (target_url) WHERE target_url IS NOT NULL;
"""

NEAR_DUPLICATES = """
CREATE TABLE indexed (               -- versions the comparison knows: in the paragraph counts, at least
    version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
    handle INTEGER NOT NULL,         -- 31 bits of URL and text: its name in the postings, agencies first
    print INTEGER NOT NULL           -- of its folded paragraphs: equal for the same text elsewhere
) STRICT;
CREATE INDEX indexed_handle ON indexed (handle);

CREATE TABLE segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL,            -- keys: sampled shingles; paragraphs: an outlet's paragraphs
    shift INTEGER NOT NULL,          -- bucket = key >> shift
    postings INTEGER NOT NULL
) STRICT;

CREATE TABLE buckets (
    id INTEGER PRIMARY KEY,          -- segment << 24 | bucket
    postings BLOB NOT NULL           -- (step from the key before, handle), sorted, packed little-endian
) STRICT;

CREATE TABLE departed (              -- postings that count no more, until a merge drops them
    family TEXT NOT NULL,
    handle INTEGER NOT NULL,
    segment INTEGER NOT NULL,        -- in this segment and those before it
    PRIMARY KEY (family, handle)
) STRICT, WITHOUT ROWID;

CREATE TABLE repeated (              -- paragraphs on enough of an outlet's versions to be looked at
    outlet_id INTEGER NOT NULL REFERENCES outlets (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    PRIMARY KEY (outlet_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE unlearned (             -- outlets with pages counted since their blocks were last learned
    outlet_id INTEGER PRIMARY KEY REFERENCES outlets (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE thin_matches (          -- matches found by one shared key only, and only while it is rare
    "key" INTEGER NOT NULL,
    version_a INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    version_b INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    PRIMARY KEY ("key", version_a, version_b)
) STRICT, WITHOUT ROWID;
CREATE INDEX thin_matches_a ON thin_matches (version_a);
CREATE INDEX thin_matches_b ON thin_matches (version_b);

CREATE TRIGGER signatures_departed AFTER DELETE ON signatures BEGIN
    INSERT OR REPLACE INTO departed (family, handle, segment)
    SELECT 'keys', handle, (SELECT coalesce(max(id), 0) FROM segments)
      FROM indexed WHERE version_id = old.version_id;
END;
CREATE TRIGGER indexed_departed AFTER DELETE ON indexed BEGIN
    INSERT OR REPLACE INTO departed (family, handle, segment)
    SELECT f.value, old.handle, (SELECT coalesce(max(id), 0) FROM segments)
      FROM json_each('["keys", "paragraphs"]') f;
END;
"""

CRAWL_MEMORY = """
ALTER TABLE frontier ADD COLUMN newest TEXT;  -- the newest time a list states of it: newest first
ALTER TABLE frontier ADD COLUMN rhythm TEXT;  -- of a source: seconds between visits, as JSON
CREATE INDEX frontier_found_in ON frontier (found_in, kind);

CREATE TABLE listings (              -- what feeds, sitemaps and front pages say of the pages they list
    url TEXT NOT NULL REFERENCES frontier (url) ON DELETE CASCADE,
    listed_in TEXT NOT NULL,         -- URL of the list
    link TEXT NOT NULL,              -- the address as spelled there
    basis TEXT NOT NULL,             -- feed | sitemap | front
    published TEXT,                  -- as it stands
    updated TEXT,
    source_name TEXT NOT NULL DEFAULT '',
    source_url TEXT,
    seen TEXT NOT NULL,              -- when the list was last read with it
    PRIMARY KEY (url, listed_in, link)
) STRICT, WITHOUT ROWID;
CREATE INDEX listings_list ON listings (listed_in, seen);

CREATE TABLE robots (
    origin TEXT PRIMARY KEY,         -- scheme://host:port
    status INTEGER NOT NULL,         -- of robots.txt
    body BLOB NOT NULL,
    fetched TEXT NOT NULL,
    reservations TEXT,               -- tdmrep.json as [path pattern, reserved] pairs; null: not asked
    reservations_fetched TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE rests (                 -- hosts that asked to be left alone
    host TEXT PRIMARY KEY,
    until TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE warc_records (          -- where the page of a version is kept as it was answered
    version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
    file TEXT NOT NULL,
    "offset" INTEGER NOT NULL        -- of the record in the file, bytes
) STRICT;

CREATE TABLE import_marks (          -- how far a large file was taken in
    file TEXT PRIMARY KEY,           -- name, size and first bytes, so that a changed file starts anew
    "offset" INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    marked TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

REVISITS = """
CREATE TABLE warc_revisits (         -- where it is kept that a server said: as it was (304)
    version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    seen TEXT NOT NULL,
    file TEXT NOT NULL,
    "offset" INTEGER NOT NULL,       -- of the record in the file, bytes
    PRIMARY KEY (version_id, seen)
) STRICT, WITHOUT ROWID;
"""

CODED = """
CREATE TABLE coded (
    child_url TEXT NOT NULL,
    source_url TEXT NOT NULL,        -- phantom:NAME where its page was not seen
    verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'unsure')),
    note TEXT NOT NULL DEFAULT '',
    judge TEXT NOT NULL DEFAULT '',
    judged TEXT NOT NULL,
    relation TEXT NOT NULL DEFAULT '',  -- as the person was shown it
    stratum TEXT,                    -- of the sample; null: not drawn, judged one by one
    stratum_size INTEGER,            -- links in that stratum when it was drawn
    PRIMARY KEY (child_url, source_url, judge)
) STRICT;
INSERT INTO coded (child_url, source_url, verdict, note, judge, judged)
SELECT child_url, source_url, verdict, note, judge, judged FROM judgements ORDER BY rowid;
DROP TABLE judgements;
ALTER TABLE coded RENAME TO judgements;
"""

BROWSING = """
CREATE INDEX articles_kind ON articles (kind);
CREATE INDEX articles_unseen ON articles (id) WHERE phantom = 1;
-- A version that goes takes its links along: without these every link is read for each one.
CREATE INDEX links_child_version ON links (child_version);
CREATE INDEX links_source_version ON links (source_version);
CREATE INDEX evidence_unplaced ON evidence (name, kind)
 WHERE outlet_id IS NULL AND name <> '' AND kind <> 'photo_credit';

DROP VIEW outlet_flows;
CREATE VIEW outlet_flows AS
SELECT so.name AS source, co.name AS taken_by, f.relation, f.links, f.credited_in_full, f.no_credit_found
  FROM (SELECT source_id, taker_id, relation, sum(links) AS links,
               sum(iif(credited = 'full', links, 0)) AS credited_in_full,
               sum(iif(credited = 'none_found', links, 0)) AS no_credit_found
          FROM flow_days GROUP BY source_id, taker_id, relation HAVING sum(links) > 0) f
 CROSS JOIN outlets so ON so.id = f.source_id CROSS JOIN outlets co ON co.id = f.taker_id;
"""


SEARCH_BY_THE_BATCH = """
CREATE TABLE search_paused (         -- inside a batch: versions after this one join the index at its end
    after INTEGER NOT NULL
) STRICT;
DROP TRIGGER versions_fts_insert;
DROP TRIGGER versions_fts_delete;
DROP TRIGGER versions_fts_update;
CREATE TRIGGER versions_fts_insert AFTER INSERT ON versions
WHEN NOT EXISTS (SELECT 1 FROM search_paused WHERE new.id > after) BEGIN
    INSERT INTO versions_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER versions_fts_delete AFTER DELETE ON versions
WHEN NOT EXISTS (SELECT 1 FROM search_paused WHERE old.id > after) BEGIN
    INSERT INTO versions_fts (versions_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER versions_fts_update AFTER UPDATE OF title, text ON versions
WHEN NOT EXISTS (SELECT 1 FROM search_paused WHERE old.id > after) BEGIN
    INSERT INTO versions_fts (versions_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
    INSERT INTO versions_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
"""

TRANSLATIONS = """
CREATE TABLE anchored (              -- versions whose names and numbers are known, to find translations
    version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
    language TEXT NOT NULL,          -- ISO 639-1
    length INTEGER NOT NULL,         -- letters
    anchors BLOB NOT NULL            -- (hash, place), 6 bytes each, little-endian
) STRICT;

CREATE TABLE translations (          -- pairs in two languages whose names and numbers stand in one order
    version_a INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    version_b INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    alignment REAL NOT NULL,         -- 0 and up; 0.8 and more is a translation
    PRIMARY KEY (version_a, version_b)
) STRICT, WITHOUT ROWID;
CREATE INDEX translations_b ON translations (version_b);
CREATE INDEX versions_language ON versions (language);

DROP TRIGGER indexed_departed;
CREATE TRIGGER indexed_departed AFTER DELETE ON indexed BEGIN
    INSERT OR REPLACE INTO departed (family, handle, segment)
    SELECT f.value, old.handle, (SELECT coalesce(max(id), 0) FROM segments)
      FROM json_each('["keys", "paragraphs", "anchors"]') f;
END;
"""

# Bytes of words that wait before they are written out in pieces, and pieces of a size before they are merged.
SEARCH_GATHERED = """
INSERT INTO versions_fts (versions_fts, rank) VALUES ('hashsize', 16777216);
INSERT INTO versions_fts (versions_fts, rank) VALUES ('automerge', 8);
"""

UNPLACED = """
-- Left to itself SQLite takes the index of outlets and sorts every credit without one.
DROP VIEW unresolved_credits;
CREATE VIEW unresolved_credits AS
SELECT g.name, g.kind, g.pages, e.quote AS example, a.url
  FROM (SELECT name, kind, count(*) AS pages, min(id) AS first FROM evidence INDEXED BY evidence_unplaced
         WHERE outlet_id IS NULL AND name <> '' AND kind <> 'photo_credit' GROUP BY name, kind
         UNION ALL
        SELECT o.name, c.kind, count(*), min(c.id) FROM outlets o CROSS JOIN evidence c ON c.outlet_id = o.id
         WHERE o.resolved = 0 AND c.name <> '' AND c.kind <> 'photo_credit' GROUP BY o.id, c.kind) g
 CROSS JOIN evidence e ON e.id = g.first CROSS JOIN versions v ON v.id = e.version_id
 CROSS JOIN articles a ON a.id = v.article_id;
"""

UNMATCHED = """
CREATE TABLE unmatched (             -- versions with an article's text that were not compared yet
    version_id INTEGER PRIMARY KEY
) STRICT;
INSERT INTO unmatched (version_id)
SELECT v.id FROM versions v
 WHERE v.kind NOT IN ('unreadable', 'section')
   AND NOT EXISTS (SELECT 1 FROM signatures s WHERE s.version_id = v.id);
CREATE TRIGGER unmatched_new AFTER INSERT ON versions WHEN new.kind NOT IN ('unreadable', 'section') BEGIN
    INSERT OR IGNORE INTO unmatched (version_id) VALUES (new.id);
END;
CREATE TRIGGER unmatched_lost AFTER DELETE ON versions BEGIN
    DELETE FROM unmatched WHERE version_id = old.id;
END;
CREATE TRIGGER unmatched_other_kind AFTER UPDATE OF kind ON versions WHEN new.kind IS NOT old.kind BEGIN
    DELETE FROM unmatched WHERE version_id = new.id;
    INSERT INTO unmatched (version_id)
    SELECT new.id WHERE new.kind NOT IN ('unreadable', 'section')
                    AND NOT EXISTS (SELECT 1 FROM signatures WHERE version_id = new.id);
END;
CREATE TRIGGER unmatched_signed AFTER INSERT ON signatures BEGIN
    DELETE FROM unmatched WHERE version_id = new.version_id;
END;
CREATE TRIGGER unmatched_again AFTER DELETE ON signatures BEGIN
    INSERT OR IGNORE INTO unmatched (version_id)
    SELECT id FROM versions WHERE id = old.version_id AND kind NOT IN ('unreadable', 'section');
END;
"""

MARKS = """
-- Without a foreign key: to check it, every mark would have a whole text read in.
CREATE TEMP TABLE old_marks AS SELECT version_id, rule_version FROM judged;
DROP TABLE judged;
CREATE TABLE judged (                -- versions the linker has judged
    version_id INTEGER PRIMARY KEY,
    rule_version TEXT NOT NULL
) STRICT;
INSERT INTO judged (version_id, rule_version) SELECT version_id, rule_version FROM old_marks;
DROP TABLE old_marks;
CREATE TRIGGER judged_lost AFTER DELETE ON versions BEGIN
    DELETE FROM judged WHERE version_id = old.id;
END;
"""

HABITS = """
CREATE TABLE habits (                -- outlets that often name another as their source, and never it them
    taker_id INTEGER NOT NULL REFERENCES outlets (id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL REFERENCES outlets (id) ON DELETE CASCADE,
    PRIMARY KEY (taker_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX habits_source ON habits (source_id);
"""


def _statements(script: str) -> list[str]:
    """The statements of a script, so that they run inside the migration's transaction."""
    statements, start = [], 0
    for end, letter in enumerate(script):
        if letter == ";" and sqlite3.complete_statement(script[start : end + 1]):
            statements.append(script[start : end + 1])
            start = end + 1
    return statements


def _run(db: Database, script: str) -> None:
    for statement in _statements(script):
        db.execute(statement)


@migrations()
def outlets_and_articles(db: Database) -> None:
    """Outlets, and their articles with versions, times and evidence."""
    _run(db, OUTLETS_AND_ARTICLES)


@migrations()
def matches_and_links(db: Database) -> None:
    """What the comparison found, what was judged of it, and people's own words on it."""
    _run(db, MATCHES_AND_LINKS)


@migrations()
def crawl_state(db: Database) -> None:
    """Where the crawler stands, and what must not be fetched again."""
    _run(db, CRAWL_STATE)


@migrations()
def views(db: Database) -> None:
    """What a person wants to browse."""
    _run(db, VIEWS)


@migrations()
def full_text(db: Database) -> None:
    """A search index over every version's title and text."""
    _run(db, FULL_TEXT)


@migrations()
def judged(db: Database) -> None:
    """Which versions the linker has judged; a changed fact takes the mark away."""
    _run(db, JUDGED)


@migrations()
def near_duplicates(db: Database) -> None:
    """The index of the near-duplicate engine."""
    _run(db, NEAR_DUPLICATES)


@migrations()
def crawl_memory(db: Database) -> None:
    """What a crawl must remember over a kill: listings, robots files, rests, records, marks."""
    _run(db, CRAWL_MEMORY)


@migrations()
def coded(db: Database) -> None:
    """A coder may be unsure, and a word remembers the sample it was drawn in."""
    _run(db, CODED)


@migrations()
def kept_counts(db: Database) -> None:
    """Counts, the articles that wait for the linker, and who takes from whom by day, kept by triggers."""
    for kept in (tallies, flow_days):
        _run(db, kept.schema())
        kept.recount(db)


@migrations()
def browsing(db: Database) -> None:
    """Indexes for what people ask for, and views that answer from an index or from kept counts."""
    _run(db, BROWSING)


@migrations()
def search_by_the_batch(db: Database) -> None:
    """The search index can be filled by the batch."""
    _run(db, SEARCH_BY_THE_BATCH)


@migrations()
def translations(db: Database) -> None:
    """What finds translations: names and numbers, and the pairs they align."""
    _run(db, TRANSLATIONS)


@migrations()
def revisits(db: Database) -> None:
    """Where a WARC file holds that a page was as before."""
    _run(db, REVISITS)


@migrations()
def habits(db: Database) -> None:
    """Who is known to take from whom."""
    _run(db, HABITS)


@migrations()
def unmatched(db: Database) -> None:
    """Which versions wait to be compared, so that no run reads all of them to find out."""
    _run(db, UNMATCHED)


@migrations()
def unplaced(db: Database) -> None:
    """The names nobody could place are read off the index of their names."""
    _run(db, UNPLACED)


@migrations()
def lean_triggers(db: Database) -> None:
    """What is kept while links and marks are written costs less: nothing is asked for that no row changes."""
    _run(db, MARKS)
    for kept in (tallies, flow_days):
        _run(db, kept.lean_triggers())


@migrations()
def search_gathered(db: Database) -> None:
    """The words of a batch are written to the search index in one piece, and merged half as often."""
    _run(db, SEARCH_GATHERED)


@migrations()
def waiting_versions(db: Database) -> None:
    """What waits for the linker is kept by its text: a mark ends the waiting without reading the text in."""
    _run(db, tallies.waiting_versions())
