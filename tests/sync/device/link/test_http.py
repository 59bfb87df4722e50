"""The line to a hub: broken, slow, lying, redirected; over real HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from index.errors import NetworkError, PackError, UsageError
from sync.device.link import Missing, open_link, read_small
from sync.device.link.http import HttpLink
from tests.sync.device.servers import FolderServer, plain_server, serving
from tests.sync.device.waiting import impatient

BODY = bytes(range(256)) * 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FolderServer]:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "timestamp.json").write_bytes(BODY)
    with serving(tmp_path) as server:
        yield server


PATH = "metadata/timestamp.json"


def read(server: FolderServer, limit: int = 1 << 20, **options: object) -> bytes:
    link = HttpLink(server.url, **options)  # type: ignore[arg-type]
    try:
        return read_small(link, PATH, limit, impatient())
    finally:
        link.close()


def test_a_file_comes_whole(server: FolderServer) -> None:
    assert read(server) == BODY


def test_a_broken_line_is_taken_up_where_it_broke(server: FolderServer) -> None:
    cuts = [100, 5_000, None]
    server.behaviour.cut = lambda length: cuts.pop(0)

    assert read(server) == BODY
    assert server.asked_for("timestamp") == [None, "bytes=100-", "bytes=5100-"]


def test_without_anything_to_tell_a_changed_file_by_it_is_read_from_the_start(server: FolderServer) -> None:
    cuts = [100, None]
    server.behaviour.cut = lambda length: cuts.pop(0)
    server.behaviour.etag = None

    assert read(server) == BODY
    assert server.asked_for("timestamp") == [None, None]


def test_a_file_that_changed_in_between_is_read_from_the_start(server: FolderServer) -> None:
    def cut(length: int) -> int | None:
        if server.behaviour.etag == '"1"':
            server.behaviour.etag = '"2"'
            server.behaviour.replace[f"/{PATH}"] = BODY[::-1]
            return 100
        return None

    server.behaviour.cut = cut

    assert read(server) == BODY[::-1]


def test_a_server_without_ranges_is_read_again(server: FolderServer) -> None:
    cuts = [9_000, None]
    server.behaviour.cut = lambda length: cuts.pop(0)
    server.behaviour.ranges = False

    assert read(server) == BODY


def test_pythons_own_server_is_good_enough(tmp_path: Path, server: FolderServer) -> None:
    with plain_server(tmp_path) as url:
        link = open_link(url)
        assert read_small(link, PATH, 1 << 20, impatient()) == BODY
        link.close()


def test_a_server_that_is_over_its_fault_is_asked_again(server: FolderServer) -> None:
    server.behaviour.statuses = [503, 502, 429]

    assert read(server) == BODY


def test_a_server_that_stays_down_is_given_up_with_growing_pauses(server: FolderServer) -> None:
    server.behaviour.statuses = [503] * 20
    pauses: list[float] = []
    link = HttpLink(server.url)

    with pytest.raises(NetworkError, match="503"):
        read_small(link, PATH, 1 << 20, impatient(5, pauses))

    assert pauses == [0.375, 0.75, 1.5, 3.0]
    link.close()


def test_nobody_at_the_address(server: FolderServer) -> None:
    link = HttpLink("http://127.0.0.1:9")

    with pytest.raises(NetworkError, match=r"can't be reached") as caught:
        read_small(link, PATH, 10, impatient())

    assert "kept" in caught.value.remedy
    link.close()


def test_what_is_not_there(server: FolderServer) -> None:
    link = HttpLink(server.url)

    with pytest.raises(Missing, match=r"has no metadata/2\.root\.json"):
        read_small(link, "metadata/2.root.json", 10, impatient())
    link.close()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "text/html"}, b"anything"),
        ({"Content-Type": "application/json"}, b"  <!DOCTYPE html><p>Welcome to our WiFi"),
    ],
    ids=["by its type", "by its first words"],
)
def test_a_login_page_is_told(server: FolderServer, headers: dict[str, str], body: bytes) -> None:
    server.behaviour.headers = headers
    server.behaviour.replace[f"/{PATH}"] = body

    with pytest.raises(NetworkError, match="A login page answered instead of the hub"):
        read(server)


def test_redirects_are_followed(server: FolderServer) -> None:
    server.behaviour.redirect = lambda path: path.removeprefix("/old") if path.startswith("/old/") else None
    link = HttpLink(f"{server.url}/old")

    assert read_small(link, "metadata/timestamp.json", 1 << 20, impatient()) == BODY
    link.close()


def test_a_circle_of_redirects_is_told(server: FolderServer) -> None:
    server.behaviour.redirect = lambda path: "/metadata/b" if path.endswith("json") else f"/{PATH}"

    with pytest.raises(NetworkError, match="sends in a circle"):
        read(server)


def test_endless_redirects_are_told(server: FolderServer) -> None:
    server.behaviour.redirect = lambda path: f"{path}x"

    with pytest.raises(NetworkError, match="from address to address"):
        read(server)


def test_a_redirect_away_from_https_is_refused() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://hub.example.com/x"})

    link = HttpLink("https://hub.example.com", transport=httpx.MockTransport(answer))

    with pytest.raises(NetworkError, match="not protected as https"):
        read_small(link, PATH, 10, impatient())


def test_the_token_is_sent_to_the_hub_and_nowhere_else(server: FolderServer, tmp_path: Path) -> None:
    with serving(tmp_path) as other:
        server.behaviour.redirect = lambda path: f"{other.url}{path}"

        assert read(server, token="secret") == BODY

        assert server.tokens == ["Bearer secret"]
        assert other.tokens == [None]


def test_a_server_that_wants_a_token_is_told_with_the_remedy(server: FolderServer) -> None:
    server.behaviour.statuses = [401]

    with pytest.raises(NetworkError) as caught:
        read(server)

    assert "--token-env" in caught.value.remedy


def test_what_is_longer_than_allowed_is_refused_before_it_comes(server: FolderServer) -> None:
    with pytest.raises(PackError, match="10,240 bytes; at most 100"):
        read(server, limit=100)
    assert server.sent_bytes <= len(BODY)


def test_what_does_not_end_is_cut_off(server: FolderServer) -> None:
    server.behaviour.endless.add(f"/{PATH}")

    with pytest.raises(PackError, match="does not end"):
        read(server, limit=100_000)


@pytest.mark.parametrize("url", ["ftp://hub/public", "hub", "http://", "http://user:secret@hub/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        HttpLink(url)
    assert "secret" not in str(caught.value)


def test_the_hubs_clock_is_read(server: FolderServer) -> None:
    link = HttpLink(server.url)
    read_small(link, PATH, 1 << 20, impatient())

    assert link.hub_time is not None
    link.close()


def test_a_folder_gives_the_same(tmp_path: Path, server: FolderServer) -> None:
    for address in (str(tmp_path), f"file://{tmp_path}"):
        link = open_link(address)
        assert read_small(link, PATH, 1 << 20, impatient()) == BODY
        with link.ask(PATH, 10, 20) as answer:
            assert (answer.start, b"".join(answer.blocks)) == (10, BODY[10:20])


def test_nothing_outside_the_folder_is_read(tmp_path: Path, server: FolderServer) -> None:
    inner = tmp_path / "inner"
    (inner / "metadata").mkdir(parents=True)
    (inner / "metadata" / "link.json").symlink_to(tmp_path / "metadata" / "timestamp.json")
    link = open_link(str(inner))

    for path in ("../metadata/timestamp.json", "metadata/link.json", "metadata/none.json"):
        with pytest.raises(Missing), link.ask(path):
            pass


def test_a_folder_that_no_hub_wrote_is_told(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="nothing that a hub published"):
        open_link(str(tmp_path / "empty"))
