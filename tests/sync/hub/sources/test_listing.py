"""WebDAV and HTML listings from a real server on loopback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from index.errors import NetworkError, UsageError
from sync.hub.sources import guess_type
from tests.sync.hub.conftest import Mirrored, Site

Make = Callable[..., Mirrored]


def multistatus(*entries: tuple[str, str]) -> bytes:
    """Entries of href and ETag; a folder has none."""
    responses = "".join(
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>"
        + (
            f"<D:getetag>{etag}</D:getetag><D:resourcetype/>"
            if etag
            else "<D:resourcetype><D:collection/></D:resourcetype>"
        )
        + "</D:prop></D:propstat></D:response>"
        for href, etag in entries
    )
    return f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{responses}</D:multistatus>'.encode()


def propfind(site: Site, path: str, *entries: tuple[str, str]) -> None:
    site.pages[f"PROPFIND {path}"] = (207, {"Content-Type": "application/xml"}, multistatus(*entries))


@pytest.fixture
def dav(site: Site) -> Site:
    propfind(
        site, "/dav/", ("/dav/", ""), ("/dav/a%20b.md", '"1"'), (f"{site.url}/dav/sub/", ""), ("/other/x.md", '"9"')
    )
    propfind(site, "/dav/sub/", ("/dav/sub", ""), ("/dav/sub/c.md", '"2"'), ("/dav/", ""))
    site.page("/dav/a%20b.md", "one", "text/markdown", ETag='"1"')
    site.page("/dav/sub/c.md", "two", "text/markdown", ETag='"2"')
    return site


def test_webdav_is_walked_and_compared_by_etag(dav: Site, mirrored: Make) -> None:
    source = mirrored("webdav", f"{dav.url}/dav")
    assert (source.refresh().problems, source.files()) == ((), {"a b.md": b"one", "sub/c.md": b"two"})

    propfind(dav, "/dav/sub/", ("/dav/sub/c.md", '"3"'))
    dav.page("/dav/sub/c.md", "changed", "text/markdown", ETag='"3"')
    dav.asked.clear()
    assert source.refresh().fetched == 1
    assert dav.paths() == ["/dav/sub/c.md"]


def test_a_folder_that_fails_takes_nothing_away(dav: Site, mirrored: Make) -> None:
    source = mirrored("webdav", f"{dav.url}/dav/")
    source.refresh()
    dav.answer("PROPFIND /dav/sub/", 500)

    refreshed = source.refresh()
    assert (refreshed.complete, len(source.files())) == (False, 2)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {"Content-Type": "text/html"}, b"<input type=password>"), "login page"),
        ((200, {"Content-Type": "text/html"}, b"<h1>Hello</h1>"), "doesn't speak WebDAV"),
        ((207, {}, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), "entities"),
        ((207, {}, b"<unfinished"), "broken XML"),
        ((405, {}, b""), "405"),
    ],
)
def test_what_is_no_webdav_is_told(
    answer: tuple[int, dict[str, str], bytes], says: str, dav: Site, mirrored: Make
) -> None:
    source = mirrored("webdav", f"{dav.url}/dav/")
    source.refresh()
    dav.pages["PROPFIND /dav/"] = answer

    with pytest.raises(NetworkError, match=says):
        source.refresh()
    assert len(source.files()) == 2


@pytest.fixture
def listing(site: Site) -> Site:
    site.page(
        "/files/",
        "<title>Index of /files/</title><a href='?C=N;O=D'>Name</a><a href='/'>Parent Directory</a>"
        "<a href='a%20b.md'>a b.md</a><a href='sub/'>sub/</a><a href='../up.md'>up</a><a href='sub/deep.md'>deep</a>",
    )
    site.page("/files/sub/", "<title>Index of</title><a href='../'>..</a><a href='/files/sub/c.pdf'>c</a>")
    site.page("/files/a%20b.md", "one", "text/markdown", ETag='"1"')
    site.page("/files/sub/c.pdf", b"%PDF-1.7", "application/pdf", ETag='"2"')
    return site


def test_a_listing_is_walked_and_each_file_asked_for_anew(listing: Site, mirrored: Make) -> None:
    source = mirrored("listing", f"{listing.url}/files")
    assert (source.refresh().problems, list(source.files())) == ((), ["a b.md", "sub/c.pdf"])
    assert source.refresh().unchanged == 2


def test_a_web_page_in_place_of_a_document_is_not_taken_for_it(listing: Site, mirrored: Make) -> None:
    source = mirrored("listing", f"{listing.url}/files/")
    source.refresh()
    listing.page("/files/sub/c.pdf", "<html><input type=password></html>")

    (problem,) = source.refresh().problems
    assert "web page instead of the document" in problem.reason
    assert source.files()["sub/c.pdf"] == b"%PDF-1.7"


@pytest.mark.parametrize("page", ["<input type=password>", "<h1>Welcome</h1><a href='http://example.com'>x</a>"])
def test_a_page_in_place_of_the_listing_takes_nothing_away(page: str, listing: Site, mirrored: Make) -> None:
    source = mirrored("listing", f"{listing.url}/files/")
    source.refresh()
    listing.page("/files/", page)

    with pytest.raises(NetworkError, match="login page"):
        source.refresh()
    assert len(source.files()) == 2


def test_an_empty_folder_is_an_empty_folder(listing: Site, mirrored: Make) -> None:
    source = mirrored("listing", f"{listing.url}/files/")
    source.refresh()
    listing.page("/files/", "<title>Index of /files/</title>")

    assert source.refresh().removed == 2


def test_the_kind_of_an_address_is_guessed(dav: Site, listing: Site, tmp_path: object) -> None:
    dav.pages["OPTIONS /dav/"] = (200, {"DAV": "1, 2"}, b"")
    listing.page("/docs/", "<h1>Manual</h1>")

    guesses = {
        f"{dav.url}/dav/": "webdav",
        f"{dav.url}/files/": "listing",
        f"{dav.url}/docs/": "web",
        f"{dav.url}/sitemap.xml": "sitemap",
        "https://example.com/manuals.git": "git",
        "git@example.com:manuals": "git",
        "s3://bucket/manuals": "bucket",
        str(tmp_path): "folder",
    }
    assert {address: guess_type(address) for address in guesses} == guesses
    with pytest.raises(UsageError):
        guess_type("/no/such/folder")
    with pytest.raises(NetworkError, match="--type"):
        guess_type("http://127.0.0.1:9/")
