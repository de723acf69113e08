"""Exported links and the known truth in, a verdict out: which links were found, are missing or are wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a run found of the truth; every entry is a line for people."""

    found: tuple[str, ...]
    other_relation: tuple[str, ...]  # found, but under a relation the truth does not name
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    kept: tuple[str, ...]  # pairs rightly left without a link, or without a direction
    broken: tuple[str, ...]  # no-link cases that were linked
    expected: int
    no_links: int


def compare(links: Sequence[Table], truth: Table) -> Verdict:
    """The verdict on `export links` rows against the tables of truth.toml."""
    found, other, missing = [], [], []
    for entry in truth["link"]:
        relations = [link["relation"] for link in links if says(link, entry)]
        if not relations and not is_implied(links, entry):
            missing.append(described(entry))
        elif not relations or set(relations) & fair_relations(entry):
            found.append(described(entry))
        else:
            other.append(f"{described(entry)}, found as {relations[0]}")
    apart = [*truth.get("no_link", ()), *truth.get("unknown", ())]
    broken = [entry for entry in apart if is_broken(links, entry, truth)]
    return Verdict(
        found=tuple(found),
        other_relation=tuple(other),
        missing=tuple(missing),
        wrong=tuple(shown(link) for link in links if not is_true(link, truth)),
        kept=tuple(pair(entry) for entry in apart if entry not in broken),
        broken=tuple(pair(entry) for entry in broken),
        expected=len(truth["link"]),
        no_links=len(apart),
    )


def has_chain(links: Sequence[Table], truth: Table) -> bool:
    """Whether the traced page's chain is there whole: each true link above it, siblings aside."""
    waiting, needed = [truth["trace"]["url"]], []
    while waiting:
        child = waiting.pop()
        above = [e for e in truth["link"] if e["child"] == child and e["relation"] != "sibling"]
        needed += above
        waiting += [entry["parent"] for entry in above if "parent" in entry]
    directed = [link for link in links if link["relation"] != "sibling"]
    return bool(needed) and all(any(says(link, entry) for link in directed) for entry in needed)


def says(link: Table, entry: Table) -> bool:
    """Whether an exported link is this entry, whatever its relation; siblings have no direction."""
    if entry["relation"] == "sibling":
        return link["relation"] == "sibling" and ends(link) == {entry["child"], entry["parent"]}
    if link["relation"] == "sibling" or link["child_url"] != entry["child"]:
        return False
    if link["parent_url"] is not None:
        return link["parent_url"] == entry.get("parent")
    return "parent_name" in entry and same_name(link["parent_name"], entry["parent_name"])


def is_implied(links: Sequence[Table], entry: Table) -> bool:
    """Whether a sibling entry is said in the other way: both pages hang on the same phantom."""
    if entry["relation"] != "sibling":
        return False
    sources = [
        {link["parent_name"] for link in links if link["child_url"] == page and link["parent_url"] is None}
        for page in (entry["child"], entry["parent"])
    ]
    return bool(sources[0] & sources[1])


def is_true(link: Table, truth: Table) -> bool:
    """Whether the truth knows an exported link, as a link or as an undirected pair."""
    if any(says(link, entry) for entry in truth["link"]):
        return True
    return any(touches(link, entry) and is_open(link, entry, truth) for entry in truth.get("unknown", ()))


def is_broken(links: Sequence[Table], entry: Table, truth: Table) -> bool:
    """Whether a pair that should stand apart, or without a direction, was linked."""
    return any(touches(link, entry) and not is_open(link, entry, truth) for link in links)


def touches(link: Table, entry: Table) -> bool:
    """Whether a link joins the two sides of a no-link entry, in either direction."""
    if "b" in entry:
        return ends(link) == {entry["a"], entry["b"]}
    return link["child_url"] == entry["a"] and same_name(link["parent_name"], entry["b_name"])


def is_open(link: Table, entry: Table, truth: Table) -> bool:
    """Whether a link of an unknown pair says no more than that they share text."""
    return entry in truth.get("unknown", ()) and link["relation"] == "sibling"


def fair_relations(entry: Table) -> set[str]:
    """The relations under which an entry counts as found."""
    return {entry["relation"], *entry.get("also", ())}


def ends(link: Table) -> set[str | None]:
    """The two URLs of a link; None stands for a phantom."""
    return {link["child_url"], link["parent_url"]}


def same_name(one: str | None, other: str) -> bool:
    """Whether two outlet names are the same but for case."""
    return (one or "").casefold() == other.casefold()


def described(entry: Table) -> str:
    """An entry of the truth as one line."""
    return f"{entry['child']} <- {entry.get('parent') or entry['parent_name']} {entry['relation']}"


def pair(entry: Table) -> str:
    """A no-link or unknown entry as one line."""
    return f"{entry['a']} | {entry.get('b') or entry['b_name']}: {entry['why']}"


def shown(link: Table) -> str:
    """An exported link as one line."""
    return f"{link['child_url']} <- {link['parent_url'] or link['parent_name']} {link['relation']}"


def summary(verdict: Verdict) -> str:
    """The verdict as lines for a terminal."""
    right = len(verdict.found) + len(verdict.other_relation)
    lines = [f"{right} of {verdict.expected} links of the known truth found."]
    lines += [f"  found    {line}" for line in verdict.found]
    lines += [f"  relation {line}" for line in verdict.other_relation]
    lines += [f"  missing  {line}" for line in verdict.missing]
    lines += [f"  wrong    {line}" for line in verdict.wrong]
    lines.append(
        f"{len(verdict.kept)} of {verdict.no_links} pairs rightly left without a link or a direction."
    )
    lines += [f"  broken   {line}" for line in verdict.broken]
    return "\n".join(lines)
