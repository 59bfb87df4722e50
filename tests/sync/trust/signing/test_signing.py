"""What the hub signs, python-tuf's client accepts; keys turn without a gap; one plant can't publish for another."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata, TargetFile, Targets

from index.errors import SyncError, UsageError
from index.store import files
from sync.trust.signing import KeyFolders, Keyring, Lifetimes, SigningRepository, target_path
from tests.sync.trust.signing.conftest import Clock

Device = Callable[..., bytes | None]


def test_a_device_with_the_root_file_gets_what_was_published(repository: SigningRepository, device: Device) -> None:
    repository.publish({"presses": b"one", "valves": b"two"})

    assert (device("presses"), device("valves"), device("nothing")) == (b"one", b"two", None)
    repository.publish({"presses": b"three"})
    assert (device("presses"), repository.publication("presses")) == (b"three", b"three")


def test_nothing_new_is_signed_only_when_it_nears_its_end(
    repository: SigningRepository, device: Device, clock: Clock
) -> None:
    repository.publish({"presses": b"one"})
    assert repository.publish({}) == []

    clock.pass_days(4)
    assert repository.publish({}) == ["timestamp"]
    clock.pass_days(12)
    assert repository.publish({}) == ["snapshot", "timestamp"]
    clock.pass_days(200)
    assert repository.publish({}) == ["collection-presses", "targets", "snapshot", "timestamp"]
    assert repository.renew_root()
    assert repository.due() == []
    assert device() == b"one"


def test_keys_may_be_read_by_their_owner_alone(repository: SigningRepository, keys: KeyFolders) -> None:
    repository.publish({"presses": b"one"})

    for path in keys.root.parent.rglob("*.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list(keys.root.glob("*.pem"))) == 4  # three of root, one of targets


def test_publishing_goes_on_while_the_root_keys_are_away(
    repository: SigningRepository, keys: KeyFolders, tmp_path: Path, device: Device
) -> None:
    repository.publish({"presses": b"one"})
    shutil.move(keys.root, tmp_path / "safe")

    repository.publish({"presses": b"two"})
    assert device() == b"two"
    with pytest.raises(SyncError, match="--root-keys-dir"):
        repository.publish({"valves": b"new"})
    with pytest.raises(SyncError, match="takes 2 of its 3 keys"):
        repository.rotate_root()
    assert (device(), device("valves")) == (b"two", None)

    clock_of_others = Keyring(KeyFolders(tmp_path / "safe", keys.online, keys.collections))
    SigningRepository(tmp_path / "public", clock_of_others, Lifetimes(), repository._now).publish({"valves": b"new"})
    assert device("valves") == b"new"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_a_rotated_key_is_followed_and_the_old_one_is_worth_nothing(
    role: str, repository: SigningRepository, device: Device, keys: KeyFolders
) -> None:
    repository.publish({"presses": b"one"})
    assert device() == b"one"
    before, _ = repository.keyids(role)

    repository.rotate(role)
    assert device() == b"one"
    repository.publish({"presses": b"two", "valves": b"new"})
    assert (device(), device("valves")) == (b"two", b"new")
    after, _ = repository.keyids(role)
    assert not set(before) & set(after)
    assert len(list(keys.of(role).glob("retired/*.pem"))) == 1


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize("written", range(6))
def test_a_rotation_cut_off_anywhere_leaves_something_valid(
    role: str, written: int, repository: SigningRepository, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.publish({"presses": b"one"})
    left = [written]

    def dying(path: Path, text: str, *, durable: bool = True) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        files.write_atomically(path, text, durable=durable)

    with monkeypatch.context() as patched:
        patched.setattr("sync.trust.signing.signer.write_atomically", dying)
        with suppress(KeyboardInterrupt):
            repository.rotate(role)
    assert device() == b"one"
    repository.publish({"presses": b"two"})
    assert device() == b"two"


def test_the_root_is_rotated_again_and_again_and_an_old_device_follows(
    repository: SigningRepository, device: Device, keys: KeyFolders
) -> None:
    repository.publish({"presses": b"one"})
    repository.rotate_root()
    repository.rotate_root(root_keys=2, threshold=1)
    repository.rotate_root()

    assert device() == b"one"
    assert repository.root_file().name == "4.root.json"
    assert repository.keyids("root")[1] == 1
    assert len(list(keys.root.glob("root-*.pem"))) == 2


def test_a_root_signed_by_too_few_is_not_written(repository: SigningRepository, keys: KeyFolders) -> None:
    for path in sorted(keys.root.glob("root-*.pem"))[:2]:
        path.unlink()
    fresh = SigningRepository(repository._public, Keyring(keys), Lifetimes(), repository._now)

    with pytest.raises(SyncError, match="takes 2 of its 3 keys"):
        fresh.rotate_root()
    assert fresh.root_file().name == "1.root.json"


def test_a_collections_key_turns_and_the_old_one_signs_no_more(
    repository: SigningRepository, device: Device, keys: KeyFolders
) -> None:
    repository.publish({"presses": b"one"})
    assert device() == b"one"
    (old,), _ = repository.keyids("collection-presses")

    repository.publish({}, rotate=["presses"])

    assert device() == b"one"
    assert repository.keyids("collection-presses")[0] != [old]
    assert [path.stem[-12:] for path in keys.collections.glob("retired/*.pem")] == [old[:12]]


def test_the_editors_of_one_collection_cannot_publish_for_another(
    repository: SigningRepository, device: Device, keys: KeyFolders
) -> None:
    """The presses' editors have their own key and the online ones, and put the valves' name into their role."""
    repository.publish({"presses": b"one", "valves": b"good"})
    assert device("valves") == b"good"
    role = repository.targets("collection-presses")
    assert role is not None
    role.signed.version += 1
    bad = b"bad"
    role.signed.targets[target_path("valves")] = TargetFile.from_data(target_path("valves"), bad, ["sha256"])
    signers = repository._keyring.signers(repository.keyids("collection-presses")[0])
    forged: Metadata[Targets] = Metadata(role.signed)
    forged.sign(signers[0])
    write_as_served(repository, "collection-presses", forged)
    target = repository._target_file("valves", role.signed.targets[target_path("valves")].hashes["sha256"])
    target.write_bytes(bad)
    assert device("valves") == b"good"

    forged_valves: Metadata[Targets] = Metadata(role.signed)
    forged_valves.sign(signers[0])
    write_as_served(repository, "collection-valves", forged_valves)
    with pytest.raises((RepositoryError, DownloadError)):
        device("valves")


def write_as_served(repository: SigningRepository, role: str, metadata: Metadata[Targets]) -> None:
    """Serve metadata of a role with the online keys, as whoever has got hold of them could."""
    from sync.trust.signing.signer import meta_of

    content = metadata.to_bytes()
    (repository._metadata / f"{metadata.signed.version}.{role}.json").write_bytes(content)
    root, snapshot, timestamp = repository.root().signed, repository.snapshot().signed, repository.timestamp().signed
    snapshot.meta[f"{role}.json"] = meta_of(metadata.signed.version, content)
    snapshot.version += 1
    signed = repository._sign(snapshot, root, "snapshot").to_bytes()
    (repository._metadata / f"{snapshot.version}.snapshot.json").write_bytes(signed)
    timestamp.snapshot_meta = meta_of(snapshot.version, signed)
    timestamp.version += 1
    repository._metadata.joinpath("timestamp.json").write_bytes(
        repository._sign(timestamp, root, "timestamp").to_bytes()
    )


def test_a_collection_that_comes_back_goes_on_counting(repository: SigningRepository, device: Device) -> None:
    repository.publish({"presses": b"one"})
    repository.publish({"presses": b"two"})
    assert device() == b"two"
    repository.publish({}, drop=["presses"])
    assert device() is None

    repository.publish({"presses": b"three"})
    assert device() == b"three"


def test_root_keys_under_a_passphrase_open_with_it_only(tmp_path: Path, clock: Clock) -> None:
    folders = KeyFolders(tmp_path / "keys/root", tmp_path / "keys/online", tmp_path / "keys/collections")
    made = SigningRepository(tmp_path / "public", Keyring(folders, lambda: "secret"), Lifetimes(), clock)
    made.create(1, 1)
    assert b"ENCRYPTED" in next(folders.root.glob("root-*.pem")).read_bytes()
    assert b"ENCRYPTED" not in next(folders.online.glob("*.pem")).read_bytes()

    for wrong in ("other", None):
        keyring = Keyring(folders, lambda given=wrong: given)
        with pytest.raises(SyncError, match="passphrase"):
            SigningRepository(tmp_path / "public", keyring, Lifetimes(), clock).rotate_root()
    SigningRepository(tmp_path / "public", Keyring(folders, lambda: "secret"), Lifetimes(), clock).rotate_root()
    assert made.root_file().name == "2.root.json"


def test_old_metadata_goes_and_every_root_stays(repository: SigningRepository, device: Device, tmp_path: Path) -> None:
    repository.rotate_root()
    for number in range(25):
        repository.publish({"presses": b"%d" % number})
    repository.clean()

    names = [path.name for path in (tmp_path / "public/metadata").iterdir()]
    assert {"1.root.json", "2.root.json", "timestamp.json"} <= set(names)
    assert len([name for name in names if name.endswith(".collection-presses.json")]) == 20
    assert len(list((tmp_path / "public/targets/collections/presses").iterdir())) == 20
    assert device() == b"24"


@pytest.mark.parametrize(("count", "threshold"), [(0, 0), (1, 2), (2, 0), (21, 1)])
def test_impossible_numbers_of_root_keys_are_refused(
    count: int, threshold: int, tmp_path: Path, keys: KeyFolders, clock: Clock
) -> None:
    with pytest.raises(UsageError):
        SigningRepository(tmp_path / "other", Keyring(keys), Lifetimes(), clock).create(count, threshold)


def test_damaged_metadata_is_told_with_its_name(repository: SigningRepository, tmp_path: Path) -> None:
    (tmp_path / "public/metadata/timestamp.json").write_text("{")

    with pytest.raises(SyncError, match=r"timestamp\.json"):
        repository.publish({"presses": b"one"})
