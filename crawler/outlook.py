"""What a run is about to do, in one line: sites, requests, and how long politeness alone will take."""

from collections.abc import Callable

from crawler.scheduler import Queue


def outlook(queue: Queue, delay_at: Callable[[str], float]) -> str:
    """The plan in words; the minutes are those of the slowest host, pages yet to be found not among them."""
    waiting = {name: host.heap for name, host in queue.hosts.items() if host.heap}
    each = [w for heap in waiting.values() for w in heap]
    pages = sum(w.kind == "article" for w in each)
    slowest = max((len(heap) * delay_at(heap[0].url) for heap in waiting.values()), default=0.0)
    sites = len({w.site for w in each})
    if not each:
        return "plan: nothing is due"
    return (
        f"plan: {sites:,} sites, {len(each):,} requests at {len(waiting):,} hosts "
        f"({len(each) - pages:,} lists, {pages:,} known pages), "
        f"at least {slowest / 60:,.1f} minutes; what the lists name comes on top"
    )
