"""What a crawl did, counted: per site and in all, as figures and in words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCounts:
    """What one run did at one site."""

    found: int = 0  # article URLs listed there
    stored: int = 0  # new articles, unreadable pages not among them
    new_versions: int = 0
    unchanged: int = 0
    unreadable: int = 0  # pages kept without a text: trace can say so
    lists: int = 0  # feeds, sitemaps and front pages asked for
    good_lists: int = 0  # those that named pages or further lists, or were as before
    left_out: Mapping[str, int] = field(default_factory=dict)  # by reason: robots, section, not_html ...
    failed: Mapping[str, int] = field(default_factory=dict)  # by reason: timeout, http_500, bad_feed ...

    def as_text(self) -> str:
        """The counts in one line for people."""
        named = {
            "stored": self.stored,
            "changed": self.new_versions,
            "unchanged": self.unchanged,
            "unreadable": self.unreadable,
            "left out": sum(self.left_out.values()),
            "failed": sum(self.failed.values()),
        }
        reasons = {"left out": self.left_out, "failed": self.failed}
        parts = [f"{self.found} found"]
        for name, many in named.items():
            if many or name == "stored":
                why = ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.get(name, {}).items()))
                parts.append(f"{many} {name}" + (f" ({why})" if why else ""))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSummary:
    """What one run did."""

    run: int
    outcome: str  # done | stopped | failed
    seconds: float
    sites: Mapping[str, SiteCounts]
    answered: int = 0  # requests that a server answered, whatever it said
    waits: Mapping[str, float] = field(default_factory=dict)  # host -> seconds until an answer, on the mean

    @property
    def reached(self) -> bool:
        """Whether any server answered at all."""
        return self.answered > 0

    @property
    def idle(self) -> bool:
        """Whether there was nothing to ask for: nothing was due, or no way led to what was wanted."""
        return not (self.reached or self.total.left_out or self.total.failed)

    def as_text(self) -> str:
        """The summary as lines for people, one per site and one for all."""
        if self.idle and self.outcome == "done":
            return "there was nothing to ask for"
        width = max(map(len, self.sites), default=0)
        lines = [f"{site:<{width}}  {counts.as_text()}" for site, counts in self.sites.items()]
        return "\n".join([*lines, f"{self.outcome} in {self.seconds:.0f} s: {self.total.as_text()}"])

    @property
    def total(self) -> SiteCounts:
        """All sites together."""
        each = self.sites.values()
        return SiteCounts(
            found=sum(s.found for s in each),
            stored=sum(s.stored for s in each),
            new_versions=sum(s.new_versions for s in each),
            unchanged=sum(s.unchanged for s in each),
            unreadable=sum(s.unreadable for s in each),
            lists=sum(s.lists for s in each),
            good_lists=sum(s.good_lists for s in each),
            left_out=sum((Counter(s.left_out) for s in each), Counter()),
            failed=sum((Counter(s.failed) for s in each), Counter()),
        )
