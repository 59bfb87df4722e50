"""fsspec's own memory file system, and a real S3 server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from index.errors import NetworkError
from tests.sync.hub.conftest import Mirrored

Make = Callable[..., Mirrored]
fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    system.pipe({"/bucket/a.md": b"one", "/bucket/docs/b.md": b"two"})
    yield system
    system.rm("/bucket", recursive=True)


def test_only_what_changed_is_fetched_and_what_is_gone_goes(memory: Any, mirrored: Make) -> None:
    source = mirrored("bucket", "memory://bucket")
    assert (source.refresh().fetched, source.files()) == (2, {"a.md": b"one", "docs/b.md": b"two"})

    memory.pipe("/bucket/a.md", b"changed")
    memory.rm("/bucket/docs/b.md")
    again = source.refresh()
    assert (again.fetched, again.unchanged, again.removed) == (1, 0, 1)
    assert source.files() == {"a.md": b"changed"}


def test_a_place_where_nothing_is_takes_nothing_away(memory: Any, mirrored: Make) -> None:
    source = mirrored("bucket", "memory://bucket")
    source.refresh()

    with pytest.raises(NetworkError, match="nothing at"):
        source.refresh(location="memory://elsewhere")
    assert len(source.files()) == 2


def test_an_unknown_kind_of_address_is_told(mirrored: Make) -> None:
    with pytest.raises(Exception, match="can't be opened"):
        mirrored("bucket", "nosuchsystem://bucket").refresh()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    pytest.importorskip("s3fs")
    server_module = pytest.importorskip("moto.server")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    import s3fs

    system = s3fs.S3FileSystem(client_kwargs={"endpoint_url": url}, skip_instance_cache=True)
    system.mkdir("manuals")
    yield url, system
    server.stop()


def test_a_real_bucket_is_compared_by_etag(s3: tuple[str, Any], mirrored: Make) -> None:
    url, system = s3
    system.pipe({"manuals/plant/a.md": b"one", "manuals/plant/docs/b.md": b"two", "manuals/other.md": b"no"})
    source = mirrored("bucket", "s3://manuals/plant", options={"endpoint_url": url})
    assert (source.refresh().fetched, source.files()) == (2, {"a.md": b"one", "docs/b.md": b"two"})

    system.pipe("manuals/plant/a.md", b"changed")
    system.rm("manuals/plant/docs/b.md")
    again = source.refresh()
    assert (again.fetched, again.removed, source.files()) == (1, 1, {"a.md": b"changed"})
    assert source.refresh().unchanged == 1

    with pytest.raises(NetworkError):
        source.refresh(location="s3://no-such-bucket/plant")
    assert len(source.files()) == 1
