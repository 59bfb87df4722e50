"""Real servers on loopback: uvicorn over an index of the example manuals.

`indexed` is a data directory with that index; `serve` starts a server over it, without a model (`no_model`), or with
the tiny one.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
import uvicorn

from copilot.http.app import build_app
from copilot.http.serving import listen, server
from copilot.settings import Settings
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.store import Store

MANUALS = Path(__file__).resolve().parents[3] / "examples" / "manuals"
STAYS = {"timeout": httpx.Timeout(60.0), "trust_env": False}


SHORT = {"answer.passages": 1, "answer.max_tokens": 48}
"""Answers as short as a test needs them."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs.

    Attributes:
        url: Where it listens, without a slash at the end.
        settings: Its own.
        server: For looking inside; ``app`` too.
    """

    url: str
    settings: Settings
    server: uvicorn.Server
    app: Any

    def client(self, **options: Any) -> httpx.Client:
        """A client of it; close it."""
        return httpx.Client(base_url=self.url, **(STAYS | options))

    def async_client(self, **options: Any) -> httpx.AsyncClient:
        """An asynchronous client of it; close it."""
        return httpx.AsyncClient(base_url=self.url, **(STAYS | options))


@contextmanager
def running(settings: Settings, *, use_model: bool = True) -> Iterator[Running]:
    """Run a server in a thread on a free port of loopback until the block ends."""
    app = build_app(settings, use_model=use_model)
    serving = server(app, settings)
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=serving.run, args=([listening],), daemon=True)
        thread.start()
        until = monotonic() + 60
        while not serving.started:
            assert thread.is_alive(), "the server ended while it was starting"
            assert monotonic() < until, "the server does not start"
            sleep(0.01)
        scheme = "https" if settings.serve.tls_cert else "http"
        try:
            yield Running(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", settings, serving, app)
        finally:
            serving.should_exit = True
            thread.join(60)
            assert not thread.is_alive(), "the server does not end"


@pytest.fixture(scope="session")
def _manuals_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("http-index")
    with Store.open(folder / "index.db") as store:
        ingestor = Ingestor(store, None)
        ingestor.run(
            [path for path in sorted(MANUALS.iterdir()) if path.name != "shift-logbook.md"], collection="halden"
        )
        ingestor.run([MANUALS / "shift-logbook.md"], collection="logbook", access=AccessLabel.RESTRICTED)
        store.checkpoint()
    return folder


@pytest.fixture
def indexed(_manuals_index: Path, data_dir: Path) -> Path:
    """The test's data directory with the manuals in collection ``halden``, the logbook in ``logbook`` (restricted).

    Searched by words alone; whatever is found counts as an answer.
    """
    shutil.copytree(_manuals_index, data_dir)
    (data_dir / "calibration").mkdir()
    for tier in ("none", "tiny", "standard"):
        (data_dir / "calibration" / f"{tier}.json").write_text(json.dumps({"tier": tier, "bias": 5.0}))
    return data_dir


Serve = Callable[..., Running]


@pytest.fixture
def serve(indexed: Path) -> Iterator[Serve]:
    """Start a server: ``serve(use_model=False, **{"serve.keys": "always"})``. Ended with the test."""
    with ExitStack() as stack:

        def start(*, use_model: bool = False, **overrides: object) -> Running:
            settings = Settings.load(overrides=overrides)
            return stack.enter_context(running(settings, use_model=use_model))

        yield start


@pytest.fixture
def no_model(serve: Serve) -> Running:
    """A server that answers by quoting alone."""
    return serve()


@pytest.fixture
def tiny(serve: Serve, tiny_model: Path) -> Running:
    """A server with the tiny model, in this process. Mark the test with ``model``."""
    return serve(
        use_model=True,
        **{"engine.model": str(tiny_model), "engine.process": "inside", "engine.threads": 1, **SHORT},
    )
