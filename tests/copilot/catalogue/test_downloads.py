"""Models from hubs, addresses and folders."""

from __future__ import annotations

import errno
import random

import pytest

from copilot.catalogue import ModelStore
from copilot.catalogue.fetching.download import Patience, is_protected
from copilot.catalogue.pulling import pull_all
from index.errors import DiskFull, ModelCorrupt, ModelMissing, NetworkError
from tests.copilot.catalogue.little import CONFIG, WEIGHTS, entry
from tests.copilot.catalogue.servers import sha256

AT_ONCE = Patience(fruitless=2, pause_s=0)
UNHASHED = [{"name": "little.gguf", "about_bytes": 200_000}]


def from_url(server, **changes):
    return entry(sources=[{"kind": "url", "files": {"little.gguf": f"{server.url}/little.gguf"}}], **changes)


def pull(store, model, watch=lambda progress: None):
    pull_all(store, [model], watch, patience=AT_ONCE)


def test_a_hub_is_asked_by_repository_revision_and_path(store, server):
    server.serve("/someone/little-gguf/resolve/v1.0/q4/weights.gguf", WEIGHTS)
    server.serve("/someone/little-gguf/resolve/v1.0/config.json", CONFIG)
    model = entry(
        files=[
            {"name": "little.gguf", "bytes": len(WEIGHTS), "sha256": sha256(WEIGHTS)},
            {"name": "config.json", "bytes": len(CONFIG), "sha256": sha256(CONFIG)},
        ],
        sources=[
            {
                "kind": "hub",
                "repo": "someone/little-gguf",
                "revision": "v1.0",
                "files": {"little.gguf": "q4/weights.gguf", "config.json": "config.json"},
            }
        ],
    )

    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS
    assert store.path(model, "config.json").read_bytes() == CONFIG


def test_a_hub_source_takes_files_under_their_own_names_where_none_are_given(store, server):
    server.serve("/someone/little/resolve/main/little.gguf", WEIGHTS)

    model = entry(sources=[{"kind": "hub", "repo": "someone/little"}])
    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS


@pytest.mark.parametrize("etag", ['"one"', None], ids=["with an ETag", "by the hash alone"])
def test_a_cut_line_is_taken_up_where_it_broke(store, server, etag):
    server.serve("/little.gguf", WEIGHTS, etag=etag, cuts=[100_000, 50_000])

    model = from_url(server)
    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS
    assert server.asked_for("little.gguf") == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_pull_takes_up_what_an_earlier_one_left(store, server):
    served = server.serve("/little.gguf", WEIGHTS, etag='"one"', cuts=[100_000, 0, 0])
    model = from_url(server)
    with pytest.raises(NetworkError, match="can't be reached"):
        pull(store, model)
    assert store.state(model) == "partial"
    served.cuts.clear()
    server.requests.clear()

    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS
    assert server.asked_for("little.gguf") == ["bytes=100000-"]


def test_the_rest_of_a_changed_file_is_never_appended(store, server):
    served = server.serve("/little.gguf", random.Random(9).randbytes(len(WEIGHTS)), etag='"old"', cuts=[100_000, 0, 0])
    model = from_url(server)
    with pytest.raises(NetworkError):
        pull(store, model)
    served.bodies, served.etag, served.cuts = [WEIGHTS], '"new"', []

    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS


def test_a_changed_file_on_a_server_without_etags_is_fetched_once_more_from_the_start(store, server):
    served = server.serve("/little.gguf", random.Random(9).randbytes(len(WEIGHTS)), cuts=[100_000, 0, 0])
    model = from_url(server)
    with pytest.raises(NetworkError):
        pull(store, model)
    served.bodies, served.cuts = [WEIGHTS], []

    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS


def test_a_server_that_knows_no_ranges_is_read_from_the_start_again(store, server):
    server.serve("/little.gguf", WEIGHTS, ranges=False, cuts=[100_000])

    model = from_url(server)
    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS


def test_a_server_that_is_busy_for_a_moment_is_asked_again(store, server):
    server.serve("/little.gguf", WEIGHTS, statuses=[503])

    model = from_url(server)
    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS


def test_a_wrong_hash_is_refused_and_never_left_in_place(store, server):
    forged = bytearray(WEIGHTS)
    forged[1000] ^= 1
    server.serve("/little.gguf", bytes(forged))
    model = from_url(server)

    with pytest.raises(ModelCorrupt, match="fetched but refused"):
        pull(store, model)

    assert [path for path in (store.models_dir / "little").rglob("*") if path.is_file()] == []
    with pytest.raises(ModelMissing):
        store.path(model)


def test_a_file_of_another_size_is_refused_before_it_is_read(store, server):
    server.serve("/little.gguf", WEIGHTS + b"more")

    with pytest.raises(ModelCorrupt, match="219004 bytes, the catalogue lists 219000"):
        pull(store, from_url(server))


def test_the_next_source_makes_good_what_the_first_delivers_wrong(store, server, watched):
    server.serve("/bad.gguf", WEIGHTS[::-1])
    server.serve("/good.gguf", WEIGHTS)
    model = entry(
        sources=[{"kind": "url", "files": {"little.gguf": f"{server.url}/{name}.gguf"}} for name in ("bad", "good")]
    )

    pull(store, model, watched)

    assert store.path(model).read_bytes() == WEIGHTS
    assert "trying the next source" in watched.remarks


def test_a_hub_that_tells_another_hash_is_refused_before_the_file_is_read(store, server):
    server.serve(
        "/someone/little/resolve/main/little.gguf",
        b"",
        redirect="/storage/little.gguf",
        headers={"X-Linked-Etag": f'"{sha256(b"another")}"'},
    )
    server.serve("/storage/little.gguf", WEIGHTS)

    with pytest.raises(ModelCorrupt, match=r"has another “little\.gguf”"):
        pull(store, entry(sources=[{"kind": "hub", "repo": "someone/little"}]))


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "no such file"), (401, "HF_TOKEN"), (418, "418")],
)
def test_what_a_server_refuses_is_told_and_the_address_to_carry_it_from(store, server, status, words):
    server.serve("/little.gguf", WEIGHTS, statuses=[status])

    with pytest.raises(NetworkError) as caught:
        pull(store, from_url(server))

    assert words in caught.value.message
    assert f"{server.url}/little.gguf" in caught.value.message
    assert "219.0 kB" in caught.value.message


def test_a_token_goes_to_the_hub_and_to_nobody_else(store, server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret")
    server.serve("/someone/little/resolve/main/little.gguf", WEIGHTS, statuses=[404])
    server.serve("/little.gguf", WEIGHTS)
    sources = [
        {"kind": "hub", "repo": "someone/little"},
        {"kind": "url", "files": {"little.gguf": f"{server.url}/little.gguf"}},
    ]

    pull(store, entry(sources=sources))

    assert server.tokens == ["Bearer secret", None]


def test_a_file_without_a_hash_is_pinned_by_its_first_pull_and_that_is_said(store, server, watched):
    served = server.serve("/little.gguf", WEIGHTS)
    model = from_url(server, files=UNHASHED)

    pull(store, model, watched)

    assert f"sha256 {sha256(WEIGHTS)}" in watched.remarks
    assert store.path(model).read_bytes() == WEIGHTS
    store.path(model).unlink()
    served.bodies = [WEIGHTS[::-1]]
    with pytest.raises(ModelCorrupt):
        pull(store, model)


def test_removing_a_model_forgets_its_pin(store, server):
    served = server.serve("/little.gguf", WEIGHTS)
    model = from_url(server, files=UNHASHED)
    pull(store, model)
    store.remove(model)
    served.bodies = [WEIGHTS[::-1]]

    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS[::-1]


def test_an_unpinned_file_that_somebody_put_there_is_not_loaded(store, server):
    model = from_url(server, files=UNHASHED)
    place = store.models_dir / "little" / "little.gguf"
    place.parent.mkdir(parents=True)
    place.write_bytes(WEIGHTS)

    assert store.state(model) == "corrupt"
    with pytest.raises(ModelCorrupt):
        store.path(model)


def test_a_file_without_a_hash_is_not_fetched_over_an_unprotected_line(data_dir):
    store = ModelStore(data_dir, hub_url="http://models.example.com")

    with pytest.raises(NetworkError, match="is not https"):
        pull(store, entry(files=UNHASHED, sources=[{"kind": "hub", "repo": "someone/little"}]))


@pytest.mark.parametrize(
    ("url", "protected"),
    [
        ("https://models.example.com/x", True),
        ("http://models.example.com/x", False),
        ("http://127.0.0.1:8000/x", True),
        ("http://[::1]/x", True),
        ("http://localhost/x", True),
        ("http://localhost.example.com/x", False),
        ("http://192.168.0.1/x", False),
    ],
)
def test_protected_is_what_nobody_between_can_change(url, protected):
    assert is_protected(url) is protected


def test_a_folder_within_reach_is_copied_from_and_left_as_it_is(store, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "weights").write_bytes(WEIGHTS)
    model = entry(sources=[{"kind": "file", "folder": str(tmp_path), "files": {"little.gguf": "deep/weights"}}])

    pull(store, model)

    assert store.path(model).read_bytes() == WEIGHTS
    assert (tmp_path / "deep" / "weights").exists()


def test_a_stick_that_is_not_there_is_told(store, tmp_path):
    with pytest.raises(NetworkError, match=r"the folder .*/stick is not there"):
        pull(store, entry(sources=[{"kind": "file", "folder": str(tmp_path / "stick")}]))


def test_a_disk_that_fills_up_half_way_is_told_and_what_has_arrived_is_kept(store, server):
    server.serve("/little.gguf", WEIGHTS, etag='"one"')
    model = from_url(server)

    def fill_up(progress):
        if progress.stage == "downloading":
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFull, match="filled up"):
        pull(store, model, fill_up)
    pull(store, model)

    assert server.asked_for("little.gguf")[1] is None or server.asked_for("little.gguf")[1].startswith("bytes=")
    assert store.path(model).read_bytes() == WEIGHTS


def test_a_model_without_any_source_says_so(store):
    with pytest.raises(NetworkError, match="names no source"):
        pull(store, entry())


def test_one_model_that_cannot_be_had_does_not_keep_the_others_away(store, server):
    server.serve("/little.gguf", WEIGHTS)
    lost = entry(id="lost", sources=[{"kind": "hub", "repo": "nobody/nothing"}])
    model = from_url(server)

    with pytest.raises(NetworkError, match="“lost” could not be fetched"):
        pull_all(store, [lost, model], patience=AT_ONCE)

    assert store.path(model).read_bytes() == WEIGHTS
