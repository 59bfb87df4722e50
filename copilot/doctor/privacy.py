"""What may leave this device in a question."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from copilot.doctor.findings import Finding
from copilot.settings import Settings


def check_privacy(settings: Settings) -> Iterator[Finding]:
    """Look at the endpoints, at the way to them and at the privacy policy. Asks no network.

    Raises:
        UsageError: The policy can't be read.
    """
    from copilot.privacy.policy import PrivacyPolicy, find_policy

    path = find_policy(settings.data_dir)
    policy = PrivacyPolicy.load(path)
    endpoints = settings.cloud.endpoints
    details: dict[str, object] = {
        "endpoints": [one.name for one in endpoints],
        "trusted": [one.name for one in endpoints if one.trusted],
        "policy": str(path) if path else None,
    }
    for one in endpoints:
        parts = urlsplit(one.base_url)
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            what = f"Questions to the endpoint {one.name} travel without encryption."
            yield Finding("privacy", "warning", what, "Give it an https address, or a tunnel on this machine.", details)
    if not endpoints:
        what = "No question leaves this device: no larger model is configured."
    elif not policy.send:
        what = "No question leaves this device: the privacy policy says so."
    else:
        names = ", ".join(f"{one.name} (trusted)" if one.trusted else one.name for one in endpoints)
        rules = f"what {path} says" if path else "the default policy"
        what = f"Questions may go to {names}, under {rules}."
    yield Finding("privacy", "ok", what, details=details)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
