"""Files of a model from a hub or from plain addresses."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from copilot.catalogue.fetching.base import Job, SourceFailed
from copilot.catalogue.fetching.download import Download, Patience, is_protected
from copilot.catalogue.schema import HubSource, UrlSource

TOKEN_VARIABLE: Final = "HF_TOKEN"  # noqa: S105 - the variable's name, as the hub's own tools read it

_CONNECT_S: Final = 15.0
_SILENCE_S: Final = 60.0


def addresses(hub_url: str, source: HubSource | UrlSource, names: Iterable[str]) -> dict[str, str]:
    """Return the address of each named file."""
    if isinstance(source, UrlSource):
        return {name: source.files[name] for name in names}
    paths = source.files or {}
    base = f"{hub_url}/{source.repo}/resolve/{quote(source.revision, safe='')}"
    return {name: f"{base}/{quote(paths.get(name, name))}" for name in names}


def fetch(job: Job, source: HubSource | UrlSource, patience: Patience = Patience()) -> None:  # noqa: B008 - immutable
    """Fetch the wanted files, each resumed where an earlier pull left off.

    Raises:
        SourceFailed: The server can't be reached, has not got a file, or delivers another one.
        OSError: The disk is full.
    """
    import httpx

    if isinstance(source, HubSource) and not job.hub_url:
        raise SourceFailed("no model hub is configured")
    urls = addresses(job.hub_url, source, (file.name for file in job.wanted))
    headers = {"Accept-Encoding": "identity"}
    token = os.environ.get(TOKEN_VARIABLE)
    if token and isinstance(source, HubSource) and is_protected(job.hub_url):
        headers["Authorization"] = f"Bearer {token}"  # httpx drops it where a redirection leads to another host
    total, before = sum(file.expected_bytes for file in job.wanted), 0
    try:
        client = httpx.Client(
            follow_redirects=True, timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S), headers=headers
        )
    except (ValueError, OSError) as error:  # a proxy variable that is no address, a certificate file that is not there
        raise SourceFailed(f"the network settings of this computer are faulty: {error}") from error
    with client:
        for file in job.wanted:
            before += Download(job, client, file, urls[file.name], before, total, patience).run()
