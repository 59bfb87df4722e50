"""Who a device is, and whom it believes."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import SyncError, TrustError, UnreadableFile, UsageError
from sync.device.enrolment import Enrolment, enrol, read_root
from sync.device.places import Places
from tests.sync.device.conftest import NOW
from tests.sync.device.small_hub import SmallHub


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "data" / "sync")


def test_an_enrolment_is_kept(places: Places, hub: SmallHub) -> None:
    made = enrol(places, "https://hub.example.com/public", hub.root_file, NOW, collections=("a", "b"), tags=("x",))

    assert Enrolment.read(places) == made
    assert made.pinned_root(places) == hub.root_file.read_bytes()


def test_two_devices_have_two_identities(places: Places, hub: SmallHub, tmp_path: Path) -> None:
    one = enrol(places, "https://hub.example.com", hub.root_file, NOW)
    other = enrol(Places(tmp_path / "other"), "https://hub.example.com", hub.root_file, NOW)

    assert one.device_id != other.device_id


def test_enrolled_again_a_device_keeps_its_identity_and_forgets_what_it_believed_of_another_hub(
    places: Places, hub: SmallHub, tmp_path: Path
) -> None:
    first = enrol(places, "https://hub.example.com", hub.root_file, NOW)
    (places.trust / "metadata").mkdir(parents=True)
    other = SmallHub(tmp_path / "other")
    with pytest.raises(UsageError, match="enrolled already"):
        enrol(places, "https://other.example.com", other.root_file, NOW)

    again = enrol(places, "https://other.example.com", other.root_file, NOW, again=True)

    assert again.device_id == first.device_id
    assert not places.trust.exists()


@pytest.mark.parametrize("hub_address", ["https://user:secret@hub.example.com", "http://"])
def test_an_address_that_can_not_be_used_is_refused(places: Places, hub: SmallHub, hub_address: str) -> None:
    with pytest.raises(UsageError) as caught:
        enrol(places, hub_address, hub.root_file, NOW)

    assert "secret" not in str(caught.value)
    assert not places.enrolment.exists()


@pytest.mark.parametrize("name", ["../etc", "a/b", "", "a b"])
def test_a_name_that_is_none_is_refused(places: Places, hub: SmallHub, name: str) -> None:
    with pytest.raises(UsageError):
        enrol(places, "https://hub.example.com", hub.root_file, NOW, collections=(name,))


def test_a_root_that_was_exchanged_on_the_device_is_not_believed(places: Places, hub: SmallHub, tmp_path: Path) -> None:
    enrolment = enrol(places, "https://hub.example.com", hub.root_file, NOW)
    places.root_file.write_bytes(SmallHub(tmp_path / "other").root_file.read_bytes())

    with pytest.raises(TrustError, match="missing or changed"):
        enrolment.pinned_root(places)


def test_a_root_whose_signature_is_wrong_is_none(hub: SmallHub, tmp_path: Path) -> None:
    forged = tmp_path / "root.json"
    genuine = hub.root_file.read_bytes()
    forged.write_bytes(genuine.replace(b'"version":1', b'"version":2').replace(b'"version": 1', b'"version": 2'))
    assert forged.read_bytes() != genuine

    with pytest.raises(TrustError, match="not signed by its own keys"):
        read_root(forged)
    with pytest.raises(UnreadableFile):
        read_root(tmp_path / "none.json")


def test_a_damaged_enrolment_is_told_and_can_be_made_again(places: Places, hub: SmallHub) -> None:
    enrol(places, "https://hub.example.com", hub.root_file, NOW)
    places.enrolment.write_bytes(b"{")

    with pytest.raises(SyncError, match="can't be read"):
        Enrolment.read(places)
    assert enrol(places, "https://hub.example.com", hub.root_file, NOW, again=True).hub == "https://hub.example.com"


def test_a_token_is_read_from_where_it_was_said(places: Places, hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolment = enrol(places, "https://hub.example.com", hub.root_file, NOW, token_env="HUB_TOKEN")
    with pytest.raises(UsageError, match="HUB_TOKEN"):
        enrolment.token()

    monkeypatch.setenv("HUB_TOKEN", "secret")

    assert enrolment.token() == "secret"
    assert "secret" not in places.enrolment.read_text()


def test_collections_are_chosen_and_unchosen(places: Places, hub: SmallHub) -> None:
    all_ = enrol(places, "https://hub.example.com", hub.root_file, NOW)
    assert all_.wants("anything")
    without = all_.choosing(("lathes",), False)
    assert not without.wants("lathes")
    assert without.choosing(("lathes",), True) == all_

    some = all_.model_copy(update={"collections": ("presses",)})
    assert some.choosing(("lathes",), True).collections == ("presses", "lathes")
    assert some.choosing(("presses",), False).collections == ()
