"""What becomes of a page once it is read: it is stored as it arrives, with its row of the frontier."""

from scrapy.crawler import Crawler

from crawler.ledger import Fetched


class StoreArticles:
    """The pipeline: each page is stored as it arrives, until the run has as many as it may."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "StoreArticles":
        """The pipeline for `crawler`."""
        return cls(crawler)

    def process_item(self, item: Fetched) -> Fetched:
        """Store one page; one more than the limit is left due."""
        spider = self._crawler.spider
        if not spider.is_full():
            spider.ledger.store(item)
        return item
