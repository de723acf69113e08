"""Last lines of a page that name another outlet: a bio or a promo that came along with its text.

A house block is told by standing on many pages of its outlet; the bio of an author with few stored pages
is not.  What tells it here: the outlet is named at the end of a text that names it nowhere before.
"""

import re
from collections.abc import Collection

LINES = 3  # the last of a text that are looked at
SHORTEST = 8  # letters of a name that is one word: "Today" is said without meaning the paper


def ending(text: str) -> str:
    """The last lines of a text, in which `leftover` looks: where a name is not in them, it finds none.

    >>> ending("A\\n\\nB\\nC\\nD")
    'B\\nC\\nD'
    """
    last = text.rsplit("\n", LINES)[-LINES:]  # most texts have no empty lines
    if not all(map(str.strip, last)):
        last = [line for line in text.split("\n") if line.strip()][-LINES:]
    return "\n".join(last)


def leftover(text: str, names: Collection[str]) -> str | None:
    """The last line of `text` that names the outlet; None where an earlier line names it, or none does.

    >>> leftover("The ferry sank.\\nDivers came.\\nIt rained.\\nAnn writes for Hill Post.", ["Hill Post"])
    'Ann writes for Hill Post.'
    """
    known = [re.escape(name) for name in names if len(name) >= SHORTEST or " " in name.strip()]
    if not known or not any(name in text for name in names):
        return None
    lines = [line for line in text.split("\n") if line.strip()]
    naming = re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)")
    found = [n for n, line in enumerate(lines) if naming.search(line)]
    if not found or found[0] < max(1, len(lines) - LINES):
        return None
    return lines[found[-1]].strip()
