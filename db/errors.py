"""Every error this project raises on purpose, as one small tree.

* NewsError
  * BadCatalogue      a catalogue, outlet list or wording file breaks its own rules
  * BadInput          a row or file handed to us cannot be read
  * BadUrl            not an absolute http(s) address or other identifier we can keep
  * RefusedUrl        an address no page may make us ask for (private host, other scheme)
  * Unreadable        the page holds no article text that can be read
  * UnknownArticle    no article is stored under this URL
  * UnknownLink       no link is stored between these two URLs
  * NoDatabase        there is no database at this path, and reading never makes one
  * WrongDatabase     the file is no newstrace database, or a newer version wrote it
  * StaleSignature    a stored signature was made under another scheme
  * Busy              another run holds the lock (exit code 75)
  * NoContact         a real crawl must say who it is
  * MonitorsFailed    a monitored crawl did not look healthy (exit code 3)
"""


class NewsError(Exception):
    """Base of the tree; the command line prints its message and exits with `exit_code`."""

    exit_code = 1


class BadCatalogue(NewsError):
    """A catalogue, outlet list or wording file breaks its own rules."""


class BadInput(NewsError):
    """A row or file handed to us cannot be read."""


class BadUrl(NewsError):
    """Not an absolute http(s) address or other identifier we can keep."""


class RefusedUrl(NewsError):
    """An address no page may make us ask for."""


class Unreadable(NewsError):
    """The page holds no article text that can be read."""


class UnknownArticle(NewsError):
    """No article is stored under this URL."""


class UnknownLink(NewsError):
    """No link is stored between these two URLs."""


class NoDatabase(NewsError):
    """There is no database at this path, and reading never makes one."""


class WrongDatabase(NewsError):
    """The file is no newstrace database, or a newer version wrote it."""


class StaleSignature(NewsError):
    """A stored signature was made under another scheme."""


class Busy(NewsError):
    """Another run holds the lock."""

    exit_code = 75


class NoContact(NewsError):
    """A real crawl must say who it is."""


class MonitorsFailed(NewsError):
    """A monitored crawl did not look healthy."""

    exit_code = 3
