"""A text that is not stored, pasted by someone: the stored pages it shares text with, and their chains.

Nothing is written.  Which of the text and a page took it from the other is not known: a pasted text
has no address, no time and no credits of its own.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlite_utils import Database

from db import index as rows
from db.chain import Chain, chain
from db.coverage import coverage
from db.linking import url_of
from db.texts import LEFT_OUT, TOO_SHORT, texts_left_out
from dedupe.candidates import Index, Postings
from dedupe.compare import Overlap, Side, match, side
from dedupe.direction import WEIGHTS, sigmoid
from dedupe.sketch import sample
from dedupe.words import split

TEXT = 0  # the node of the pasted text
SHOWN = 20  # pages with the most of the text
_LAST_HANDLE = (1 << 31) - 1

Found = tuple[rows.Known, Overlap, tuple]


def trace_text(db: Database, text: str) -> Chain:
    """The chain of a pasted text: status `direction_unknown` when a stored page shares text with it."""
    looked_for = side(split(text))
    missed = LEFT_OUT if texts_left_out(db) else "" if looked_for.whole.any() else TOO_SHORT
    found = [] if missed else sorted(_found(db, looked_for), key=lambda f: (-f[1].a_in_b, f[0].version))
    unknown = ["a pasted text has no address, time or credits: which was first is not known"] if found else []
    unknown += filter(None, [missed])
    here = {"id": TEXT, "url": None, "domain": None, "outlet": "the text you pasted", "kind": "text"}
    here |= {"title": " ".join(text.split())[:80], "published": None, "phantom": False}
    here |= {"article_kind": "article", "first_seen": None, "language": None}
    nodes, links, origins = {TEXT: here}, {}, set()
    for known, overlap, passages in found[:SHOWN]:
        behind = chain(db, url_of(db, known.article))
        nodes |= {node["id"]: node for node in behind.nodes}
        links |= {link["id"]: link for link in behind.links if link["status"] == "accepted"}
        origins |= set(behind.origins)
        links[-known.version] = _link(nodes[known.article], overlap, passages, -known.version)
    if len(found) > SHOWN:
        unknown.append(f"{len(found) - SHOWN} more pages share less of the text")
    return Chain(
        status="direction_unknown" if found else "nothing_found",
        article=here | {"reason": "", "not_compared": missed},
        nodes=list(nodes.values()),
        links=list(links.values()),
        origins=sorted(origins),
        copies=[],
        unknown=unknown,
        coverage=coverage(db),
    )


def _found(db: Database, text: Side) -> Iterator[Found]:
    """The stored versions that share enough with the text, one of each article."""
    keys = sample(text.at, text.whole)
    handles = np.full(len(keys), _LAST_HANDLE, np.uint32)
    postings = Postings.gather(Index(db), keys, handles)
    near = postings.candidates(_LAST_HANDLE, slice(0, len(keys))) if len(keys) else []
    seen = set()
    known = sorted(rows.known(db, [one.handle for one in near]), key=lambda k: -k.version)
    for one in known:
        (document,) = rows.documents(db, [one.version])
        shared = match(text, side(split(document.text, document.language)))
        if shared is not None and one.article not in seen:
            seen.add(one.article)
            yield one, *shared


def _link(page: dict[str, Any], overlap: Overlap, passages: tuple, number: int) -> dict[str, Any]:
    weights = WEIGHTS["related"]
    odds = weights["base"] + weights["containment"] * max(overlap.a_in_b, overlap.b_in_a)
    whole = overlap.a_in_b >= WEIGHTS["decide"]["republishes"]
    return {
        "id": number,
        "child_url": None,
        "child_domain": None,
        "parent_url": page["url"],
        "parent_domain": page["domain"],
        "parent_name": page["outlet"],
        "relation": "republishes" if whole else "excerpts",
        "p_related": sigmoid(odds + weights["words"] * min(overlap.shared_words, 200)),
        "p_direction": 0.5,
        "p_direct": 0.0,
        "containment": overlap.a_in_b,
        "jaccard": overlap.jaccard,
        "shared_words": overlap.shared_words,
        "status": "candidate",
        "decided_by": "rule",
        "credited": "unknown",
        "evidence": [],
        "child": TEXT,
        "parent": page["id"],
        "child_name": "the text you pasted",
        "confidence": "not known",
        "rule_version": WEIGHTS["version"],
        "licensed": "unknown",
        "regions_searched": [],
        "passages": [
            {"child_start": p.a_start, "child_end": p.a_end, "parent_start": p.b_start, "parent_end": p.b_end,
             "words": p.words}
            for p in sorted(passages, key=lambda p: -p.words)[:10]
        ],
    }  # fmt: skip
