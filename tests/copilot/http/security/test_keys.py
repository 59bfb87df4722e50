"""The file of keys: who gets in, and what stands in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.http.security.keys import KeyFile
from index.errors import StoreCorrupt, UsageError


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "keys.json")


def test_a_key_that_was_made_is_found_and_only_its_hash_is_kept(keys: KeyFile) -> None:
    entry, key = keys.add("HMI", ("ask",), ("halden",))

    assert keys.find(key) == entry
    assert key.rpartition("-")[2] not in keys.path.read_text()


def test_two_keys_with_the_same_rights_have_nothing_in_common(keys: KeyFile) -> None:
    (first, one), (second, other) = keys.add("a", ("read",)), keys.add("b", ("read",))

    assert one != other
    assert first.salt != second.salt
    assert first.digest != second.digest


def test_a_revoked_key_is_refused_by_whoever_has_the_file_open_already(keys: KeyFile) -> None:
    _, key = keys.add("HMI", ("ask",))
    running = KeyFile(keys.path)
    assert running.find(key) is not None

    keys.revoke("HMI")

    assert running.find(key) is None


def test_a_key_ends_when_it_was_said_to(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    keys = KeyFile(tmp_path / "keys.json", lambda: now)
    _, key = keys.add("guest", ("read",), expires_at=now + timedelta(hours=1))
    assert keys.find(key) is not None

    now += timedelta(hours=1)

    assert keys.find(key) is None


def test_a_name_is_given_once(keys: KeyFile) -> None:
    keys.add("HMI", ("ask",))

    with pytest.raises(UsageError, match="already"):
        keys.add("HMI", ("read",))

    assert len(keys.entries()) == 1


def test_a_key_that_is_not_there_cannot_be_revoked(keys: KeyFile) -> None:
    keys.add("HMI", ("ask",))

    with pytest.raises(UsageError):
        keys.revoke("panel")

    assert len(keys.entries()) == 1


def test_a_damaged_file_lets_nobody_in_and_says_so(keys: KeyFile) -> None:
    _, key = keys.add("HMI", ("ask",))
    keys.path.write_text(keys.path.read_text()[:-20])

    with pytest.raises(StoreCorrupt, match="damaged"):
        keys.find(key)


@given(st.text(max_size=200))
def test_nothing_that_somebody_makes_up_is_a_key(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    keys = _one_key(tmp_path_factory)

    assert keys.find(text) is None
    assert keys.find(f"ec-{keys.entries()[0].id}-{text}") is None


_MADE: dict[str, KeyFile] = {}


def _one_key(factory: pytest.TempPathFactory) -> KeyFile:
    if "one" not in _MADE:
        _MADE["one"] = KeyFile(factory.mktemp("keys") / "keys.json")
        _MADE["one"].add("HMI", ("ask",))
    return _MADE["one"]
