"""The doctor says what may leave, and where the way or the policy is unsafe."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.doctor.findings import Finding, guarded
from copilot.doctor.privacy import check_privacy
from copilot.settings import Settings

ENDPOINT = '[[cloud.endpoints]]\nname = "{}"\nbase_url = "{}/v1"\nmodel = "big"\ntrusted = {}\n'


def found(data_dir: Path, settings: str = "", policy: str | None = None) -> list[Finding]:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "copilot.toml").write_text(settings, encoding="utf-8")
    if policy is not None:
        (data_dir / "privacy.toml").write_text(policy, encoding="utf-8")
    return list(guarded("privacy", lambda: check_privacy(Settings.load(None, data_dir, {}))))


def test_without_an_endpoint_nothing_leaves(data_dir: Path) -> None:
    (one,) = found(data_dir)

    assert (one.status, one.details["endpoints"]) == ("ok", [])
    assert one.what.startswith("No question leaves this device")


def test_endpoints_and_the_policy_are_named(data_dir: Path) -> None:
    settings = ENDPOINT.format("hq", "https://hq.example.com", "true") + ENDPOINT.format(
        "far", "https://far.example.com", "false"
    )

    (one,) = found(data_dir, settings, "question_only = true")

    assert one.status == "ok"
    assert "hq (trusted), far" in one.what
    assert "privacy.toml" in one.what
    assert one.details["trusted"] == ["hq"]


def test_a_policy_that_sends_nothing_is_told(data_dir: Path) -> None:
    (one,) = found(data_dir, ENDPOINT.format("hq", "https://hq.example.com", "true"), "send = false")

    assert "the privacy policy says so" in one.what


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://hq.example.com", True),
        ("http://127.0.0.1:9000", False),
        ("http://localhost:9000", False),
        ("https://hq", False),
    ],
)
def test_a_way_without_encryption_is_warned_of(data_dir: Path, address: str, warned: bool) -> None:
    findings = found(data_dir, ENDPOINT.format("hq", address, "false"))

    assert [one.status for one in findings] == (["warning", "ok"] if warned else ["ok"])


def test_a_policy_with_a_fault_is_a_fault(data_dir: Path) -> None:
    (one,) = found(data_dir, policy="sned = true")

    assert one.status == "fault"
    assert "answered on this device" in one.remedy
