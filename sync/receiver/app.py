"""The hub's receiver: takes what devices hand in, once each, and tells whoever keeps the hub what there is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import FastAPI, Request
from pydantic import JsonValue, ValidationError
from starlette.concurrency import run_in_threadpool

from sync.outbox.wire import (
    HEALTH_PATH,
    MAX_BATCH_BYTES,
    OUTBOX_PATH,
    STATUS_PATH,
    Envelope,
    HealthEnvelope,
    HealthReport,
    Item,
    Refusal,
    Reply,
)
from sync.receiver.body import read_body
from sync.receiver.identity import Doorkeeper
from sync.receiver.limiting import RateLimiter
from sync.receiver.problems import Refused, answer_with_problems
from sync.receiver.storage.base import Delivered, Device, RivalDevice, Storage

log = logging.getLogger(__name__)

_RIVAL: Final = (
    "Two devices use this identity ({device}): {how}. Each device needs a token of its own (hub devices add NAME). "
    "Where this one was set up anew, whoever keeps the hub lets it in with: hub devices renew {device}"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a receiver bears.

    Attributes:
        body_bytes: Of one request, packed and unpacked.
        requests_per_minute, burst: Of one device.
        failures_per_minute: Wrong tokens from one address.
    """

    body_bytes: int = MAX_BATCH_BYTES
    requests_per_minute: float = 120.0
    burst: int = 60
    failures_per_minute: float = 10.0


def create_app(
    storage: Storage,
    limits: Limits = Limits(),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """The receiver on a storage. Serves no documentation of itself: what isn't there can't be attacked."""
    app = FastAPI(title="Edge Copilot receiver", openapi_url=None, docs_url=None, redoc_url=None)
    answer_with_problems(app)
    doorkeeper = Doorkeeper(
        storage,
        RateLimiter(limits.requests_per_minute, limits.burst),
        RateLimiter(limits.failures_per_minute, 10),
    )

    @app.post(OUTBOX_PATH)
    async def outbox(request: Request) -> Reply:
        device = await run_in_threadpool(doorkeeper.admit, request, "device")
        body = await read_body(request, limits.body_bytes)
        return await run_in_threadpool(_take, storage, device, body, now())

    @app.post(HEALTH_PATH)
    async def health(request: Request) -> dict[str, bool]:
        device = await run_in_threadpool(doorkeeper.admit, request, "device")
        body = await read_body(request, limits.body_bytes)
        return {"new": await run_in_threadpool(_hear, storage, device, body, now())}

    @app.get(STATUS_PATH)
    async def status(request: Request) -> dict[str, Any]:
        await run_in_threadpool(doorkeeper.admit, request, "admin")
        return await run_in_threadpool(_status, storage)

    return app


def _take(storage: Storage, device: Device, body: bytes, at: datetime) -> Reply:
    try:
        envelope = Envelope.model_validate_json(body)
    except ValidationError as error:
        raise Refused(422, "The batch can't be read", _first_fault(error)) from error
    items: list[Item] = []
    refused: list[Refusal] = []
    for value in envelope.items:
        try:
            items.append(_item(value))
        except ValidationError as error:
            refused.append(Refusal(id=_id_of(value), reason=f"The hub can't read this item: {_first_fault(error)}"))
        except ValueError:
            refused.append(Refusal(id=_id_of(value), reason="The hub can't read this item: it can't be written down."))
    try:
        delivered = storage.deliver(device.name, envelope.instance, items, at) if items else Delivered((), ())
    except RivalDevice as rival:
        raise _rival(device, rival) from rival
    log.info(
        "%s: %d new, %d known, %d refused",
        device.name,
        len(delivered.accepted),
        len(delivered.duplicates),
        len(refused),
    )
    return Reply(accepted=delivered.accepted, duplicates=delivered.duplicates, refused=tuple(refused))


def _item(value: JsonValue) -> Item:
    item = Item.model_validate(value)
    item.model_dump_json()  # what can't be written down must not be told as a passing trouble: it would come for ever
    if item.kind == "health":
        HealthReport.model_validate(item.fields)
    return item


def _id_of(value: JsonValue) -> str:
    """The id of an item that can't be read; without one nothing can be said about it alone."""
    said = value.get("id") if isinstance(value, dict) else None
    if not isinstance(said, str) or len(said) > 100:
        raise Refused(422, "The batch can't be read", "It holds something without an id.")
    return said


def _hear(storage: Storage, device: Device, body: bytes, at: datetime) -> bool:
    try:
        envelope = HealthEnvelope.model_validate_json(body)
    except ValidationError as error:
        raise Refused(422, "The report can't be read", _first_fault(error)) from error
    try:
        return storage.report(device.name, envelope.instance, envelope.id, envelope.report, at)
    except RivalDevice as rival:
        raise _rival(device, rival) from rival


def _status(storage: Storage) -> dict[str, Any]:
    devices = [device for device in storage.devices() if device.role == "device"]
    return {
        "devices": len(devices),
        "revoked": sum(device.revoked_at is not None for device in devices),
        "rivals": [device.name for device in devices if device.rival_at is not None],
        "items": storage.counts(),
    }


def _rival(device: Device, rival: RivalDevice) -> Refused:
    log.warning("%s: %s", device.name, rival)
    return Refused(409, "Two devices with one identity", _RIVAL.format(device=device.name, how=rival))


def _first_fault(error: ValidationError) -> str:
    """Where the first fault is and what, without the content."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"[:500]
