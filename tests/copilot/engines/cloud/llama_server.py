"""`llama_cpp.server` with a real model on a port of its own: an endpoint as somebody else would run it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

_START_S = 180.0


@contextmanager
def llama_server(model: Path, *, alias: str, key: str = "", context: int = 2048) -> Iterator[str]:
    """Serve ``model``; yields the address up to and with ``/v1``.

    Args:
        model: A GGUF file.
        alias: The model's name on the server.
        key: Asked for, where it is not empty.
        context: In tokens.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--model_alias", alias,
        "--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(context),
        *(("--api_key", key) if key else ()),
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}/v1"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=os.environ) as server,
    ):
        try:
            until = time.monotonic() + _START_S
            while True:
                with suppress(httpx.HTTPError):
                    if httpx.get(f"{url}/models", headers=headers, trust_env=False).status_code == 200:
                        break
                if server.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    raise RuntimeError(
                        f"llama_cpp.server does not start: {log.read()[-2000:].decode(errors='replace')}"
                    )
                time.sleep(0.2)
            yield url
        finally:
            server.terminate()
