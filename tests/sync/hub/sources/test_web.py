"""A real web server on loopback: pages followed politely, sitemaps, and what servers do wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from index.errors import NetworkError
from tests.sync.hub.conftest import Mirrored, Site

Make = Callable[..., Mirrored]
LOGIN = "<html><form><input name=u><input type='password' name=p></form></html>"


@pytest.fixture
def manual(site: Site) -> Site:
    site.page(
        "/docs/index.html",
        "<h1>Manual</h1><a href='press.html#top'>Press</a> <a href='parts/'>Parts</a> <a href='list.pdf'>PDF</a>"
        "<a href='/private/x.html'>elsewhere</a> <a href='http://example.com/'>away</a> <a href='pic.png'>picture</a>"
        "<a href='secret/plan.html'>not for robots</a><a href='mailto:a@b'>mail</a><a href='http://[bad'>bad</a>",
        ETag='"i1"',
    )
    site.page("/docs/press.html", "<h1>Press</h1><a href='index.html'>back</a>", ETag='"p1"')
    site.page("/docs/parts/", "<h1>Parts</h1>", **{"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"})
    site.page("/docs/list.pdf", b"%PDF-1.7", "application/pdf")
    site.page("/robots.txt", "User-agent: *\nDisallow: /docs/secret/\n", "text/plain")
    return site


def test_links_are_followed_below_the_address_and_nowhere_else(manual: Site, mirrored: Make) -> None:
    source = mirrored("web", f"{manual.url}/docs/index.html")
    assert source.refresh().problems == ()

    assert list(source.files()) == ["index.html", "list.pdf", "parts/index.html", "press.html"]
    assert {"/private/x.html", "/docs/secret/plan.html", "/docs/pic.png"}.isdisjoint(manual.paths())


def test_what_is_unchanged_is_not_sent_again(manual: Site, mirrored: Make) -> None:
    source = mirrored("web", f"{manual.url}/docs/index.html")
    source.refresh()
    manual.page("/docs/press.html", "<h1>Press, rev. B</h1>", ETag='"p2"')

    again = source.refresh()
    assert (again.fetched, again.unchanged, again.removed) == (2, 2, 0)  # the PDF says no version
    assert b"rev. B" in source.files()["press.html"]


def test_a_page_that_is_no_longer_linked_goes(manual: Site, mirrored: Make) -> None:
    source = mirrored("web", f"{manual.url}/docs/index.html")
    source.refresh()
    manual.page("/docs/index.html", "<a href='press.html'>Press</a>", ETag='"i2"')

    assert source.refresh().removed == 2
    assert list(source.files()) == ["index.html", "press.html"]


def test_a_page_that_fails_takes_nothing_away(manual: Site, mirrored: Make) -> None:
    source = mirrored("web", f"{manual.url}/docs/index.html")
    source.refresh()
    manual.page("/docs/index.html", "<a href='press.html'>Press</a>", ETag='"i2"')
    manual.answer("/docs/press.html", 500)

    refreshed = source.refresh()
    assert (refreshed.complete, refreshed.removed, len(source.files())) == (False, 0, 4)
    assert "500" in refreshed.problems[0].reason


def test_a_connection_that_breaks_and_a_busy_server_are_tried_again(manual: Site, mirrored: Make) -> None:
    manual.failures["/docs/list.pdf"] = [503, None, 429]
    source = mirrored("web", f"{manual.url}/docs/index.html")

    assert source.refresh().problems == ()
    assert source.files()["list.pdf"] == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("path", "answer", "says"),
    [
        ("/docs/index.html", (200, {"Content-Type": "text/html"}, LOGIN.encode()), "login page"),
        ("/docs/index.html", (302, {"Location": "http://login.example.com/"}, b""), "another server"),
        ("/docs/index.html", (302, {"Location": "/docs/index.html"}, b""), "without end"),
        ("/docs/index.html", (401, {}, b""), "--username"),
        ("/docs/index.html", (404, {}, b""), "no page"),
        ("/robots.txt", (500, {}, b""), "500"),
        ("/robots.txt", (200, {}, b"User-agent: *\nDisallow: /"), "no page that may be read"),
    ],
    ids=[
        "a login page",
        "sent to a login server",
        "redirected in a loop",
        "a password",
        "no page",
        "robots.txt fails",
        "robots.txt forbids",
    ],
)
def test_what_keeps_the_first_page_away_is_told_and_takes_nothing_away(
    path: str, answer: tuple[int, dict[str, str], bytes], says: str, manual: Site, mirrored: Make
) -> None:
    source = mirrored("web", f"{manual.url}/docs/index.html")
    source.refresh()
    manual.pages[path] = answer

    with pytest.raises(NetworkError, match=says):
        source.refresh()
    assert len(source.files()) == 4


def test_a_server_that_is_not_there_is_told(mirrored: Make) -> None:
    with pytest.raises(NetworkError, match="can't be reached"):
        mirrored("web", "http://127.0.0.1:9/docs/").refresh()


def test_the_secret_stands_in_the_environment(manual: Site, mirrored: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    source = mirrored("web", f"{manual.url}/docs/index.html", token_env="MANUALS_TOKEN")
    with pytest.raises(NetworkError, match="MANUALS_TOKEN"):
        source.refresh()

    monkeypatch.setenv("MANUALS_TOKEN", "t0ken")
    source.refresh()
    assert {headers["Authorization"] for _, _, headers in manual.asked} == {"Bearer t0ken"}


def test_a_pause_that_robots_txt_asks_for_is_made(manual: Site, mirrored: Make, state: object) -> None:
    from datetime import UTC, datetime

    from sync.hub.sources import Mirror
    from sync.hub.sources.web import WebSource

    manual.page("/robots.txt", "User-agent: *\nCrawl-delay: 3\n", "text/plain")
    source = mirrored("web", f"{manual.url}/docs/press.html")
    slept: list[float] = []
    mirror = Mirror(source.folder, source.settings, source.state, lambda: datetime.now(UTC))
    WebSource(source.settings, slept.append).refresh(mirror)

    assert set(slept) == {3.0}


def test_a_sitemap_names_the_pages(manual: Site, mirrored: Make) -> None:
    manual.page("/sitemap.xml", f"<sitemapindex><sitemap><loc>{manual.url}/m1.xml</loc></sitemap></sitemapindex>")
    locations = "".join(
        f"<url><loc>{manual.url}{path}</loc></url>" for path in ("/docs/press.html", "/docs/list.pdf", "/docs/secret/a")
    )
    manual.page("/m1.xml", f"<urlset>{locations}<url><loc>http://example.com/x</loc></url></urlset>")
    source = mirrored("sitemap", f"{manual.url}/sitemap.xml")
    source.refresh()

    assert list(source.files()) == ["docs/list.pdf", "docs/press.html"]
    manual.page("/m1.xml", "<html>Not found</html>")
    with pytest.raises(NetworkError, match="no sitemap"):
        source.refresh()


def test_a_tree_without_end_is_cut_off_and_said(manual: Site, mirrored: Make) -> None:
    from index.errors import InputError

    source = mirrored("web", f"{manual.url}/docs/index.html", max_files=2)

    with pytest.raises(InputError, match="more than 2"):
        source.refresh()
