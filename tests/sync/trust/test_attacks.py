"""Each attack that The Update Framework names (specification, section 1.5.2), against our wrapper, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import MetaFile

from index.errors import NetworkError, PackError, TrustError
from sync.device.link import open_link
from sync.trust.client import TrustedRepository, Verified
from sync.trust.clock import trusted_time
from tests.sync.device.servers import Behaviour, FolderServer, serving
from tests.sync.device.small_hub import SmallHub
from tests.sync.device.waiting import impatient

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> SmallHub:
    hub = SmallHub(tmp_path / "public", now=NOW)
    hub.publish("presses", {"a.txt": "A: about presses"}, sign=False)
    hub.publish("lathes", {"b.txt": "B: about lathes"})
    return hub


@pytest.fixture
def server(hub: SmallHub) -> Iterator[FolderServer]:
    with serving(hub.public) as server:
        yield server


Sync = Callable[..., bytes | None]


@pytest.fixture
def sync(hub: SmallHub, server: FolderServer, tmp_path: Path) -> Sync:
    """Verify as a device would, and return the publication of a collection."""
    pinned = hub.root_file.read_bytes()

    def once(collection: str = "presses", now: datetime = NOW, latest: datetime | None = None) -> bytes | None:
        repository = TrustedRepository(tmp_path / "trust", pinned, trusted_time(now, latest))
        link = open_link(server.url)
        try:
            with repository.verified(link, impatient()) as found:
                return found.publication(collection)
        finally:
            link.close()

    return once


def kept(tmp_path: Path) -> dict[str, bytes]:
    folder = tmp_path / "trust" / "metadata"
    return {place.name: place.read_bytes() for place in sorted(folder.glob("*.json")) if not place.is_symlink()}


def test_what_the_hub_published_is_verified(sync: Sync) -> None:
    assert json.loads(sync() or b"")["collection"] == "presses"
    assert json.loads(sync("lathes") or b"")["collection"] == "lathes"


def test_a_collection_that_is_not_there_is_none(sync: Sync) -> None:
    assert sync("saws") is None


def test_the_offers_are_the_delegations(hub: SmallHub, server: FolderServer, tmp_path: Path) -> None:
    repository = TrustedRepository(tmp_path / "trust", hub.root_file.read_bytes(), trusted_time(NOW, None))

    with repository.verified(open_link(server.url), impatient()) as found:
        assert isinstance(found, Verified)
        assert [offer.collection for offer in found.offers] == ["lathes", "presses"]
        assert found.expires == NOW + timedelta(days=30)


def test_rollback_an_older_timestamp_is_refused(hub: SmallHub, sync: Sync) -> None:
    old = (hub.public / "metadata" / "timestamp.json").read_bytes()
    hub.sign_timestamp()
    sync()

    (hub.public / "metadata" / "timestamp.json").write_bytes(old)

    with pytest.raises(TrustError, match="older than what this device has seen"):
        sync()


def test_rollback_of_one_collection_is_refused(hub: SmallHub, sync: Sync) -> None:
    hub.sign()
    sync()

    hub.collections["presses"].version = 0
    hub.sign_collection("presses")
    hub.sign_snapshot(hub.meta | {"collection-presses.json": MetaFile(1)})

    with pytest.raises(TrustError, match="older"):
        sync()


def test_freeze_a_timestamp_that_has_expired_is_refused(sync: Sync) -> None:
    sync()

    with pytest.raises(TrustError, match=r"has expired on 2026-07-01 12:00 UTC"):
        sync(now=NOW + timedelta(days=31))


def test_a_root_that_has_expired_is_refused_by_its_own_date(hub: SmallHub, sync: Sync) -> None:
    hub.now += timedelta(days=364)
    hub.sign()

    with pytest.raises(TrustError, match=r"has expired on 2027-06-01 12:00 UTC \(Final root.json"):
        sync(now=NOW + timedelta(days=366))


def test_mix_and_match_of_states_is_refused(hub: SmallHub, sync: Sync) -> None:
    hub.sign()
    other = (hub.public / "metadata" / f"{hub.versions['snapshot'] - 1}.snapshot.json").read_bytes()
    (hub.public / "metadata" / f"{hub.versions['snapshot']}.snapshot.json").write_bytes(other)

    with pytest.raises(TrustError, match="doesn't belong together"):
        sync()


def test_endless_data_is_cut_off(server: FolderServer, sync: Sync) -> None:
    server.behaviour.endless.add("/metadata/timestamp.json")

    with pytest.raises(PackError, match="does not end"):
        sync()


def test_endless_data_as_publication_is_cut_off(server: FolderServer, hub: SmallHub, sync: Sync) -> None:
    place = next((hub.public / "targets" / "collections" / "presses").iterdir())
    server.behaviour.endless.add(f"/targets/collections/presses/{place.name}")

    with pytest.raises(PackError, match="does not end"):
        sync()


def test_a_wrong_key_is_refused(hub: SmallHub, sync: Sync) -> None:
    hub.signers["timestamp"] = [CryptoSigner.generate_ed25519()]
    hub.sign_timestamp()

    with pytest.raises(TrustError, match="not signed by enough"):
        sync()


def test_a_wrong_key_for_one_collection_is_refused(hub: SmallHub, sync: Sync) -> None:
    """The editors of lathes can't publish presses."""
    hub.sign_collection("presses", hub.collections["lathes"].signer)
    hub.sign_snapshot(hub.meta | {"collection-presses.json": MetaFile(hub.collections["presses"].version)})

    with pytest.raises(TrustError, match="not signed by enough"):
        sync()
    assert sync("lathes") is not None


def test_a_collection_can_not_name_what_is_another_ones(hub: SmallHub, sync: Sync) -> None:
    """Its role is delegated one path; what else it signs is never looked for there."""
    presses, lathes = hub.collections["presses"], hub.collections["lathes"]
    lathes.target, honest = presses.target, lathes.target
    hub.sign()

    assert sync("lathes") is None
    lathes.target = honest


def test_a_threshold_that_is_not_met_is_refused(tmp_path: Path) -> None:
    hub = SmallHub(tmp_path / "two" / "public", now=NOW, threshold=2)
    hub.publish("presses", {"a.txt": "A: about presses"})
    link = open_link(str(hub.public))
    repository = TrustedRepository(tmp_path / "trust", hub.root_file.read_bytes(), trusted_time(NOW, None))
    with repository.verified(link, impatient()):
        pass
    hub.signers["timestamp"] = hub.signers["timestamp"][:1]
    hub.sign_timestamp()

    with pytest.raises(TrustError, match="not signed by enough"), repository.verified(link, impatient()):
        pass


def test_arbitrary_software_a_publication_that_nobody_signed_is_refused(hub: SmallHub, sync: Sync) -> None:
    place = next((hub.public / "targets" / "collections" / "presses").iterdir())
    body = place.read_bytes()
    place.write_bytes(body.replace(b"public", b"intern"))

    with pytest.raises(TrustError, match="doesn't belong together"):
        sync()


def test_metadata_that_is_no_metadata_is_refused(hub: SmallHub, sync: Sync) -> None:
    (hub.public / "metadata" / "timestamp.json").write_bytes(b'{"signed": {"_type": "timestamp"}}')

    with pytest.raises(TrustError, match="not genuine"):
        sync()


def test_another_hub_is_refused_by_the_pinned_root(hub: SmallHub, tmp_path: Path) -> None:
    other = SmallHub(tmp_path / "other" / "public", now=NOW)
    other.publish("presses", {"a.txt": "A: forged"})
    repository = TrustedRepository(tmp_path / "trust", hub.root_file.read_bytes(), trusted_time(NOW, None))

    with pytest.raises(TrustError), repository.verified(open_link(str(other.public)), impatient()):
        pass


def test_rotated_keys_are_followed_from_root_to_root(hub: SmallHub, sync: Sync) -> None:
    sync()
    hub.rotate("timestamp", "snapshot")
    hub.rotate("root")
    hub.rotate("targets", "root")
    hub.sign()

    assert sync() is not None


def test_a_device_that_missed_every_rotation_follows_them_all(hub: SmallHub, sync: Sync) -> None:
    for _ in range(5):
        hub.rotate("root", "timestamp")
    hub.sign()

    assert sync() is not None


def test_a_root_that_the_old_keys_did_not_sign_is_refused(hub: SmallHub, sync: Sync) -> None:
    hub.signers["root"] = [CryptoSigner.generate_ed25519()]
    hub.sign_root()
    hub.sign()

    with pytest.raises(TrustError, match="not signed by enough"):
        sync()


def test_a_key_taken_back_no_longer_signs(hub: SmallHub, sync: Sync) -> None:
    stolen = list(hub.signers["timestamp"])
    hub.rotate("timestamp")
    hub.sign()
    sync()

    hub.signers["timestamp"] = stolen
    hub.sign_timestamp()

    with pytest.raises(TrustError, match="not signed by enough"):
        sync()


def test_a_login_page_is_recognised(server: FolderServer, sync: Sync) -> None:
    server.behaviour = Behaviour(
        replace={f"/metadata/{name}": b"<html>log in" for name in ("2.root.json", "timestamp.json")},
        headers={"Content-Type": "text/html; charset=utf-8"},
    )

    with pytest.raises(NetworkError, match="A login page answered instead of the hub"):
        sync()


def test_after_a_refusal_what_was_believed_before_is_still_there(hub: SmallHub, sync: Sync, tmp_path: Path) -> None:
    sync()
    before = kept(tmp_path)
    hub.signers["timestamp"] = [CryptoSigner.generate_ed25519()]
    hub.sign()

    with pytest.raises(TrustError):
        sync()

    assert kept(tmp_path) == before


def test_a_kill_between_the_two_renames_loses_nothing(hub: SmallHub, sync: Sync, tmp_path: Path) -> None:
    sync()
    trust = tmp_path / "trust"
    (trust / "metadata").rename(trust / "metadata.old")
    (trust / "metadata.new").mkdir()
    (trust / "metadata.new" / "timestamp.json").write_bytes(b"half")
    old = json.loads((trust / "metadata.old" / "timestamp.json").read_bytes())["signed"]["version"]

    assert sync() is not None
    assert json.loads(kept(tmp_path)["timestamp.json"])["signed"]["version"] == old
