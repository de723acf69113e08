"""Two rows that turn out to be one article: everything of the one moves to the other."""

from sqlite_utils import Database

from db.open import writing

# What belongs to an article, moved; what the other has already stays behind and goes below.
_MOVE = (
    "DELETE FROM judged WHERE version_id IN (SELECT id FROM versions WHERE article_id IN (:old, :into))",
    "UPDATE versions SET article_id = :into WHERE article_id = :old",
    "UPDATE article_urls SET article_id = :into WHERE article_id = :old",
    "UPDATE OR IGNORE time_claims SET article_id = :into WHERE article_id = :old",
    "UPDATE OR IGNORE links SET child_id = :into WHERE child_id = :old AND source_id <> :into",
    "UPDATE OR IGNORE links SET source_id = :into WHERE source_id = :old AND child_id <> :into",
    "UPDATE articles SET merged_into = :into WHERE merged_into = :old",
    "DELETE FROM time_claims WHERE article_id = :old",
    "DELETE FROM links WHERE child_id = :old OR source_id = :old",
)
# The time span in which either was seen. A phantom's span speaks of its copies, so it is left out.
_SPAN = """
UPDATE articles SET first_seen = min(articles.first_seen, old.first_seen),
                    last_seen = max(articles.last_seen, old.last_seen)
  FROM (SELECT first_seen, last_seen FROM articles WHERE id = :old AND phantom = 0) AS old
 WHERE articles.id = :into
"""
# A phantom stays as a sign to the real article; a page's row has nothing left to say.
_SIGN = "UPDATE articles SET merged_into = :into WHERE id = :old AND phantom = 1"
_DROP = "DELETE FROM articles WHERE id = :old AND phantom = 0"
# What the article's newest readable version says of it; an unreadable one only when there is no other.
REFRESH = """
UPDATE articles SET title = n.title, published = n.published, kind = n.kind, language = n.language
  FROM newest_versions AS n WHERE n.article_id = articles.id AND articles.id = :article
   AND (articles.title, articles.published, articles.kind, articles.language)
       IS NOT (n.title, n.published, n.kind, n.language)
"""


def merge(db: Database, old: int, into: int) -> None:
    """Make the article `old` one with `into`: its texts, URLs, times and links move there.

    Used when a page turns out to be another's AMP or mobile form, and when the real page behind
    a phantom is met.
    """
    ids = {"old": old, "into": into}
    with writing(db):
        for statement in (*_MOVE, _SPAN, _SIGN, _DROP):
            db.conn.execute(statement, ids)
        db.conn.execute(REFRESH, {"article": into})
