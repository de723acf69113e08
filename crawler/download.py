"""One request over the network: a Scrapy request in, its response out, carried by aiohttp.

Half the work of Scrapy's own handler for each answer, which is nearly all that an unchanged page costs.
Whatever goes wrong is one of Scrapy's exceptions, or a Refusal with its outcome.
"""

import math
import ssl
import time
import zlib

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from isal import isal_zlib
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.utils.gz import gunzip
from yarl import URL

from crawler.addresses import PrivateAddress, PublicOnly
from crawler.middlewares import Failure, Refusal, proxies

MAX_HEADER = 64 * 1024  # bytes of one line of headers: content policies of real sites go beyond 8 KB
MAX_HEADERS = 1_000  # of one answer
GZIP = b"\x1f\x8b"  # how whatever is gzipped begins, and no page
MOST_PACKED = (
    2  # times that a body is unpacked beyond what was said: there are files that unpack to themselves
)
OURS = ("Accept", "Content-Type", "User-Agent")  # said by the request, or not at all
NO_BODY = (204, 304)

aiohttp.set_zlib_backend(isal_zlib)  # a third of the time for each page


class Download(BaseDownloadHandler):
    """Asks over HTTP and HTTPS; connects to public addresses only, and to those that may be private."""

    lazy = True  # made at the first request, where the event loop runs and the spider is known

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._maxsize = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        spider = crawler.spider
        allowed = proxies().hosts | getattr(spider, "private_hosts", frozenset())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=PublicOnly(aiohttp.ThreadedResolver(), allowed), limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=OURS,
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
            max_headers=MAX_HEADERS,
        )

    async def download_request(self, request: Request) -> Response:
        """The answer to a request, its content unpacked; redirects are not followed.

        Raises the DownloadTimeoutError, DownloadFailedError ... of scrapy.exceptions, and Refusal for a
        certificate that will not do or a name that has private addresses only.
        """
        seconds = request.meta.get("download_timeout", self._timeout)
        try:
            return await self._asked(request, seconds)
        except TimeoutError as error:
            raise DownloadTimeoutError(f"{request.url} took longer than {seconds:g} s") from error
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError) as error:
            raise Refusal("certificate", f"{request.url}: {error}") from error
        except aiohttp.ClientConnectorDNSError as error:
            if isinstance(error.os_error, PrivateAddress):
                raise Refusal("private_address", str(error.os_error)) from error
            raise CannotResolveHostError(str(error)) from error
        except aiohttp.InvalidURL as error:
            raise CannotResolveHostError(str(error)) from error
        except aiohttp.ClientPayloadError as error:
            if isinstance(error.__cause__, ContentEncodingError):
                raise Failure("bad_encoding", f"{request.url}: {error.__cause__.message}") from error
            raise ResponseDataLossError(str(error)) from error
        except aiohttp.ClientHttpProxyError as error:
            raise Failure("proxy_refused", f"the proxy answered {error.status} for {request.url}") from error
        except aiohttp.ClientResponseError as error:
            raise Failure(
                "bad_answer", f"{request.url} answered what is not HTTP: {error.message}"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise DownloadConnectionRefusedError(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise DownloadFailedError(str(error)) from error

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def _asked(self, request: Request, seconds: float) -> Response:
        began = time.monotonic()
        async with self._session.request(
            request.method,
            URL(request.url, encoded=True),  # as it is spelled, not as aiohttp would
            data=request.body or None,
            headers=request.headers.to_tuple_list(),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
            proxy=request.meta.get("proxy"),
        ) as answer:
            request.meta["download_latency"] = time.monotonic() - began
            headers = Headers(answer.raw_headers)
            headers.pop("Content-Encoding", None)  # taken off
            if answer.status in NO_BODY:
                return Response(request.url, status=answer.status, headers=headers)
            body = await self._body(answer, request)
        kind = responsetypes.from_args(headers=headers, url=request.url, body=body)
        return kind(request.url, status=answer.status, headers=headers, body=body)

    async def _body(self, answer: aiohttp.ClientResponse, request: Request) -> bytes:
        """The whole body; raises DownloadCancelledError as soon as it is known to be too large."""
        most = request.meta.get("download_maxsize", self._maxsize) or math.inf
        chunks: list[bytes] = []
        size = answer.content_length or 0  # as stated, packed; what comes may be more
        if size <= most:
            size = 0
            async for chunk in answer.content.iter_any():
                chunks.append(chunk)
                size += len(chunk)
                if size > most:
                    break
        if size > most:
            raise DownloadCancelledError(f"{request.url}: more than {most:,} bytes")
        return _unpacked(b"".join(chunks), request, most)


def _unpacked(body: bytes, request: Request, most: float) -> bytes:
    """What is gzipped in what was sent: servers pack twice, call it x-gzip, or do not say that they did.

    A sitemap or a feed may be a gzipped file in its own right: who reads it unpacks it.
    """
    for _ in range(MOST_PACKED):
        if body[:2] != GZIP or request.meta.get("kind") in ("feed", "sitemap"):
            break
        try:
            body = gunzip(body, max_size=0 if most == math.inf else int(most))
        except ValueError as error:
            raise DownloadCancelledError(f"{request.url}: more than {most:,} bytes") from error
        except (OSError, EOFError, zlib.error):
            break  # it only begins like that
    return body
