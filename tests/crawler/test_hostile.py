"""Hosts that do what no host should: each ends in a named, counted outcome, and the others go on."""

import gzip
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Thread
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.crawler.test_news import HTML, ROOT, XML, page, rows, rss, run_apart, sitemap

CRAWL = """
import json, sys
from dataclasses import asdict
from crawler.run import crawl
from crawler.sites import read_catalogue
given = json.loads(sys.argv[1])
quick = {"DOWNLOAD_TIMEOUT": 4, "RETRY_TIMES": 0, "LOG_LEVEL": "ERROR", "DOWNLOAD_MAXSIZE": 12_000_000}
print(json.dumps(asdict(crawl(given["db"], read_catalogue(given["sites"]), settings=quick))))
"""
STORY = "/news/the-quarry-opens-again"
TWICE = {"Content-Type": "text/html", "Content-Encoding": "gzip, gzip"}
LONG = "/news/" + "a-very-long-way-to-say-it-" * 400
IDN = "m\u00fcnster.example".encode("idna").decode()
MANY = b"".join(
    b"<item><title>x</title><link>http://endless.example/news/story-%d</link></item>" % n
    for n in range(100_000)
)


def lists(host, feed="/feed"):
    return f'feeds = ["http://{host}{feed}"]'


def story(host, status, headers, body=b""):
    return {(host, "/feed"): (200, XML, rss(host, STORY)), (host, STORY): (status, headers, body)}


ROUTES = {
    ("endless.example", "/feed"): (200, XML, b"<rss version='2.0'><channel>" + MANY + b"</channel></rss>"),
    ("endless.example", "/robots.txt"): (200, {}, b"User-agent: *\nDisallow: /news/\n"),
    ("bomb.example", "/map.xml.gz"): (200, {}, gzip.compress(b"<urlset>" + b" " * 60_000_000)),
    ("htmlrobots.example", "/robots.txt"): (200, HTML, b"<html><body>Disallow: nothing at all</body></html>"),
    ("busyrobots.example", "/robots.txt"): (502, {}, b""),
    ("loop.example", "/a.xml"): (200, XML, sitemap("sitemapindex", "sitemap", "http://loop.example/b.xml")),
    ("loop.example", "/b.xml"): (200, XML, sitemap("sitemapindex", "sitemap", "http://loop.example/a.xml")),
    ("long.example", "/feed"): (200, XML, rss("long.example", LONG, STORY)),
    ("long.example", STORY): (200, HTML, page("Longton")),
    **story("tofile.example", 302, {"Location": "file:///etc/passwd"}),
    **story("tocloud.example", 302, {"Location": "http://169.254.169.254/latest/meta-data/"}),
    **story("zipped.example", 200, {**HTML, "Content-Encoding": "gzip"}, gzip.compress(b"<p>" * 20_000_000)),
    **story("htmlrobots.example", 200, HTML, page("Robotton")),
    **story("busyrobots.example", 200, HTML, page("Busyton")),
    **story("zippedtwice.example", 200, TWICE, gzip.compress(gzip.compress(b"<p>" * 20_000_000))),
    **story("twice.example", 200, TWICE, gzip.compress(gzip.compress(page("Twiceton")))),
    **story("xgzip.example", 200, {**HTML, "Content-Encoding": "x-gzip"}, gzip.compress(page("Xton"))),
    **story("headers.example", 200, {**HTML, **{f"X-{n}": "x" for n in range(900)}}, page("Headerton")),
    **story("notzipped.example", 200, {**HTML, "Content-Encoding": "gzip"}, page("Notton")),
    **story("toscript.example", 302, {"Location": "javascript:alert(1)"}),
    **story("toport.example", 302, {"Location": "http://toport.example:99999/x"}),
    **story("tolong.example", 302, {"Location": f"http://tolong.example{LONG}"}),
    **story("tonowhere.example", 302, HTML),
    **story("asbefore.example", 304, HTML),
    **story("secure.example", 302, {"Location": "https://secure.example/x"}),
    **story(IDN, 200, HTML, page("Idnton")),
    **story("plain.example", 200, HTML, page("Plainton")),
    **story("talkative.example", 200, {**HTML, "Content-Security-Policy": "x " * 20_000}, page("Talkton")),
    **{
        (host, "/feed"): (200, XML, rss(host, STORY))
        for host in (
            "silent.example",
            "dripping.example",
            "resetting.example",
            "huge.example",
            "boasting.example",
            "old.example",
            "round.example",
            "noise.example",
        )
    },
}
SITES = {
    **{
        f"{name}.example": lists(f"{name}.example")
        for name in ("endless", "htmlrobots", "busyrobots", "long", "tofile", "tocloud", "zipped", "plain",
                     "silent", "dripping", "resetting", "huge", "boasting", "round", "talkative", "old",
                     "yes", "zippedtwice", "twice", "xgzip", "headers", "notzipped", "toscript", "toport",
                     "tolong", "tonowhere", "asbefore", "noise")
    },
    IDN: lists("m\u00fcnster.example"),
    "bomb.example": 'sitemaps = ["http://bomb.example/map.xml.gz"]',
    "loop.example": 'sitemaps = ["http://loop.example/a.xml"]',
}  # fmt: skip
EXPECTED = {
    "silent.example": ("failed", "timeout"),
    "dripping.example": ("failed", "timeout"),
    "resetting.example": ("failed", "connection_lost"),
    "huge.example": ("failed", "too_large"),
    "boasting.example": ("failed", "too_large"),
    "round.example": ("failed", "redirect_loop"),
    "tofile.example": ("left_out", "private_address"),
    "tocloud.example": ("left_out", "private_address"),
    "yes.example": ("failed", "bad_feed"),
    "busyrobots.example": ("left_out", "robots_unavailable"),
    "bomb.example": ("failed", "bad_sitemap"),
    "zipped.example": ("failed", "too_large"),
    "zippedtwice.example": ("failed", "too_large"),
    "notzipped.example": ("failed", "bad_encoding"),
    "noise.example": ("failed", "bad_answer"),
    "toscript.example": ("failed", "bad_url"),
    "toport.example": ("failed", "bad_url"),
    "tolong.example": ("failed", "bad_url"),
    "tonowhere.example": ("failed", "http_302"),
    "asbefore.example": ("failed", "http_304"),
}


class Hostile(BaseHTTPRequestHandler):
    """Behaves by the name of the host."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        target = urlsplit(self.path)
        host, key = target.hostname, (target.hostname, target.path)
        trick = getattr(self, host.partition(".")[0], None) if target.path.startswith("/news/") else None
        if host == "yes.example":
            return self.answer(200, HTML, b"<html><body>Yes, of course!</body></html>")
        if trick and key not in self.server.routes:
            with suppress(OSError):
                return trick()
            return None
        return self.answer(*self.server.routes.get(key, (404, HTML, b"")))

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def silent(self):
        time.sleep(8)

    def dripping(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n")
        for _ in range(12):
            self.wfile.write(b"<")
            self.wfile.flush()
            time.sleep(0.7)

    def resetting(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def huge(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        for _ in range(10_000):
            self.wfile.write(b"x" * 1_000_000)

    def boasting(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10000000000\r\n\r\n")
        self.wfile.write(b"<html>")

    def old(self):
        self.close_connection = True
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page("Oldton"))

    def noise(self):
        self.close_connection = True
        self.wfile.write(b"\x16\x03\x01\x00 no words of HTTP\r\n\r\n")

    def round(self):
        self.answer(302, {"Location": f"http://round.example/news/{time.monotonic_ns()}"}, b"")

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    routes = ROUTES

    def handle_error(self, *args):
        pass


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """(folder, summary, seconds) of one crawl of them all."""
    folder = tmp_path_factory.mktemp("hostile")
    server = Server(("127.0.0.1", 0), Hostile)
    Thread(target=server.serve_forever, daemon=True).start()
    tables = (f'[[site]]\ndomain = "{d}"\nname = "{d}"\ndelay = 0\n{more}\n' for d, more in SITES.items())
    (folder / "sites.toml").write_text(
        'contact = "desk@quarry.example"\n' + "".join(tables), encoding="utf-8"
    )
    environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    environment |= {
        "http_proxy": f"http://127.0.0.1:{server.server_address[1]}", "NEWSTRACE_HOME": str(folder / "home"),
    }  # fmt: skip
    told = json.dumps({"db": str(folder / "n.db"), "sites": str(folder / "sites.toml")})
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CRAWL, told], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    yield folder, json.loads(done.stdout), time.monotonic() - began
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", EXPECTED)
def test_a_hostile_host_ends_in_a_named_outcome(crawled, host):
    where, reason = EXPECTED[host]
    counts = crawled[1]["sites"][host]
    assert counts[where].get(reason) == 1, counts
    assert counts["stored"] == 0


@pytest.mark.parametrize(
    "host",
    [
        "plain.example",
        "htmlrobots.example",
        "long.example",
        "talkative.example",
        "old.example",
        IDN,
        "twice.example",
        "xgzip.example",
        "headers.example",
    ],
)
def test_the_others_go_on(crawled, host):
    assert crawled[1]["sites"][host]["stored"] == 1


def test_a_feed_of_a_hundred_thousand_items_is_bounded(crawled):
    counts = crawled[1]["sites"]["endless.example"]
    assert counts["found"] == 10_000
    assert counts["left_out"] == {"robots": 10_000}


def test_an_address_of_ten_thousand_characters_is_left_out_and_counted(crawled):
    assert crawled[1]["sites"]["long.example"]["left_out"] == {"bad_url": 1}


def test_a_loop_of_sitemaps_is_gone_round_once(crawled):
    counts = crawled[1]["sites"]["loop.example"]
    assert {name: many for name, many in counts.items() if many} == {"lists": 2, "good_lists": 2}
    asked = "SELECT url, state FROM frontier WHERE site = 'loop.example' ORDER BY url"
    assert rows(crawled[0], asked) == [(f"http://loop.example/{m}.xml", "stored") for m in "ab"]


def test_the_crawl_came_to_its_end_and_every_url_has_a_state(crawled):
    folder, summary, _ = crawled
    assert summary["outcome"] == "done"
    assert rows(folder, "SELECT count(*) FROM frontier WHERE state = 'due'") == [(0,)]


def certificate(folder, address="127.0.0.1"):
    """A file with a certificate for an address, that nobody signed but its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(datetime.now(UTC) - day).not_valid_after(datetime.now(UTC) + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    told = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM) + told)
    return folder / "cert.pem"


@pytest.mark.parametrize(
    ("address", "believed"), [("127.0.0.1", False), ("127.0.0.2", True)], ids=["unsigned", "of another host"]
)
def test_a_certificate_that_will_not_do_is_a_named_outcome(tmp_path, monkeypatch, address, believed):
    pem = certificate(tmp_path, address)
    if believed:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    server = Server(("127.0.0.1", 0), Hostile)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    here = f"https://127.0.0.1:{server.server_address[1]}"
    robots = f'feeds = ["{here}/feed"]\nallow_private = true'
    summary, log = run_apart(tmp_path, {"127.0.0.1": robots})  # it reads the certificates it believes once
    (row,) = rows(tmp_path, "SELECT state, note FROM frontier")
    counts = summary["sites"]["127.0.0.1"]
    assert (row, counts["left_out"]) == (("failed", "certificate"), {"certificate": 1})
    assert "Traceback" not in log
    server.shutdown()
    server.server_close()
