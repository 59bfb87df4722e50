"""Items and devices as a receiver meets them, and a running one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI

from sync.outbox.ids import new_id
from sync.outbox.wire import HealthReport, Item
from sync.receiver.serving import Address, server
from sync.receiver.storage import Device, Storage
from sync.receiver.tokens import token_hash

NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)
ONE = "a" * 32
OTHER = "b" * 32
ADMIN = "ecd_admin"


def note(seq: int, text: str = "hums", id_: str | None = None) -> Item:
    return Item(id=id_ or new_id(), seq=seq, kind="note", created_at=NOW, fields={"text": text})


def health(seq: int, **report: Any) -> Item:
    fields = HealthReport.model_validate(report).model_dump(mode="json", exclude_defaults=True)
    return Item(id=new_id(), seq=seq, kind="health", created_at=NOW, fields=fields)


def known(storage: Storage, *names: str) -> None:
    """Devices whose token is ``ecd_`` and their name."""
    for name in names:
        storage.add_device(Device(name, created_at=NOW), token_hash(f"ecd_{name}"))


@contextmanager
def running(app: FastAPI, address: Address | None = None) -> Iterator[str]:
    """The receiver on loopback; yields its address."""
    address = address or Address(port=0)
    serving = server(app, address)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    while not serving.started:
        if not thread.is_alive():
            raise RuntimeError("the receiver did not start")
        time.sleep(0.005)
    port = serving.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if address.certificate else 'http'}://127.0.0.1:{port}"
    finally:
        serving.should_exit = True
        thread.join()
