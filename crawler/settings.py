"""How every crawl behaves: politely, within bounds, and without doors into this process.

The spider completes USER_AGENT with the contact; without one it refuses to start.
"""

BOT_NAME = "newstrace"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# An honest name. ROBOTSTXT_USER_AGENT is the product token that a robots.txt addresses.
USER_AGENT = "newstrace/0.1"
ROBOTSTXT_USER_AGENT = "newstrace"
ROBOTSTXT_OBEY = True

# One request at a time per host, a second apart; jitter would go below a stated Crawl-delay.
CONCURRENT_REQUESTS = 64
CONCURRENT_ITEMS = 1  # an answer makes one item at most; Scrapy starts so many tasks for each answer
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
AUTOTHROTTLE_ENABLED = False
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"

# Bounds: a page of more is no article. DOWNLOAD_TIMEOUT covers the whole answer, dripped bytes too.
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
REDIRECT_MAX_TIMES = 8
METAREFRESH_ENABLED = False  # pages that reload themselves would be fetched for ever
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = {
    **dict.fromkeys(("file", "data", "ftp", "s3")),
    **dict.fromkeys(("http", "https"), "crawler.download.Download"),
}

# A host that asks for rest (429, 503) is left alone in this run.
RETRY_TIMES = 2
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.CannotResolveHostError",
    "scrapy.exceptions.DownloadConnectionRefusedError",
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.DownloadTimeoutError",
    "scrapy.exceptions.ResponseDataLossError",
]
RETRY_HTTP_CODES = [500, 502, 504, 522, 524, 408]
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the spider counts and logs what failed

# One event loop, asyncio's own: no part of this needs Twisted's reactor.
TWISTED_REACTOR_ENABLED = False

# Every host in turn, the newest first.
SCHEDULER = "crawler.scheduler.FairScheduler"

# What is not needed is left out, for each part costs something at each answer, and at the start for what it
# imports. Among it are the doors into this process: a telnet console, and a server that takes orders.
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.robots.Robots": 100,
    "crawler.middlewares.Redirects": 600,
    "crawler.middlewares.Pace": 740,
    "crawler.middlewares.Proxy": 750,
    "crawler.middlewares.AddressGuard": 760,
}
SPIDER_MIDDLEWARES_BASE = {"scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50}
EXTENSIONS_BASE: dict[str, int] = {}
ITEM_PIPELINES = {"crawler.pipelines.StoreArticles": 300}

LOG_LEVEL = "INFO"
LOG_FORMATTER = "crawler.live.Quiet"
STATS_DUMP = False
