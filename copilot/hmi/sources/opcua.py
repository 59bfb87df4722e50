"""Values and alarms from an OPC UA server: subscribes to nodes and conditions, and writes nothing.

The one method that is called is ConditionRefresh (Part 9, 5.5.7): it makes the server tell once more what stands, and
changes nothing in the plant.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from asyncua import Client, ua
from asyncua.crypto import security_policies
from asyncua.ua.uaerrors import UaError

from copilot.hmi.alarms.conditions import Condition
from copilot.hmi.registry.file import OpcUaSource, SignalEntry
from copilot.hmi.registry.reading import password_of
from copilot.hmi.sources import opcua_events as events
from copilot.hmi.sources.base import Intake, SourceLost, hush
from copilot.hmi.sources.payloads import scalar
from copilot.hmi.values import Quality, Reading, Scalar, Signal
from index.errors import UnreadableFile

log = logging.getLogger(__name__)
hush("asyncua")

_POLICIES: Final[dict[str, Any]] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes128Sha256RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256Sha256RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}
_REQUEST_S: Final = 10.0
_WATCHDOG_S: Final = 5.0
_KEEPALIVE_S: Final = 2.0  # the server says that nothing has changed at least this often
_SILENT_S: Final = 10.0  # without even that, the subscription is dead although the link stands
_AT_ONCE: Final = 500  # monitored items in one request
_EVENTS: Final = 1_000_000  # client handles from here on are those of events
_OVERFLOW: Final = 0x480  # info bits: a data value, and values before it were dropped (Part 4, 7.39.1)


class OpcUa:
    """An OPC UA server.

    Args:
        source: Where it is.
        signals: What of it is wanted.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        source: OpcUaSource,
        signals: Sequence[tuple[Signal, SignalEntry]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._signals = list(signals)
        self._names = [signal.name for signal, _ in signals]
        self._clock = clock
        self._heard_s = 0.0
        self._refreshed: set[str] | None = None

    @property
    def name(self) -> str:
        """As in ``signals.toml``."""
        return self._source.name

    async def run(self, intake: Intake) -> None:
        """Deliver until the link breaks; see `Source.run`."""
        source = self._source
        client = Client(source.url, timeout=_REQUEST_S, watchdog_intervall=_WATCHDOG_S)
        client.name = "Edge Copilot"
        client.application_uri = source.application_uri
        lost = asyncio.Event()

        async def on_loss(_: Exception) -> None:
            lost.set()

        client.connection_lost_callback = on_loss
        try:
            await self._secure(client)
            await client.connect()
            try:
                await self._subscribe(client, intake)
                intake.up()
                await self._watch(lost)
            finally:
                with suppress(Exception):
                    await asyncio.wait_for(client.disconnect(), _REQUEST_S)
        except (UaError, OSError, ConnectionError, TimeoutError, EOFError) as error:
            raise SourceLost(
                f"The OPC UA server of {source.name} ({source.url}) can't be reached or refuses: {_said(error)}.",
                "It is tried again by itself; check the server, its address, and that it trusts this certificate.",
            ) from error

    async def _secure(self, client: Client) -> None:
        source = self._source
        if source.username is not None:
            client.set_user(source.username)
            client.set_password(password_of(source) or "")
        if source.security == "None":
            return
        assert source.certificate is not None
        assert source.private_key is not None
        assert source.server_certificate is not None
        for path in (source.certificate, source.private_key, source.server_certificate):
            if not path.is_file():
                raise UnreadableFile(
                    f"The source {source.name} needs the file {path}, which is not there.",
                    "Check certificate, private_key and server_certificate.",
                )
        try:
            await client.set_security(
                _POLICIES[source.security],
                source.certificate,
                source.private_key,
                server_certificate=str(source.server_certificate),
                mode=getattr(ua.MessageSecurityMode, source.mode),
            )
        except (ValueError, TypeError) as error:
            raise UnreadableFile(
                f"A certificate or key of the source {source.name} can't be used.",
                "Certificates are read as DER or PEM by their endings, .der and .pem.",
            ) from error

    async def _subscribe(self, client: Client, intake: Intake) -> None:
        source = self._source
        session = client.uaclient.session
        asked = ua.CreateSubscriptionParameters()
        asked.RequestedPublishingInterval = source.publish_ms
        asked.RequestedMaxKeepAliveCount = max(1, int(_KEEPALIVE_S * 1000 / source.publish_ms))
        asked.RequestedLifetimeCount = max(30, 30 * asked.RequestedMaxKeepAliveCount)
        asked.MaxNotificationsPerPublish = 0
        asked.PublishingEnabled = True
        self._heard_s = time.monotonic()
        granted = await session.create_subscription(asked, lambda result: self._published(result, intake))
        for at in range(0, len(self._signals), _AT_ONCE):
            items = [
                _item(ua.NodeId.from_string(entry.node or ""), ua.AttributeIds.Value, at + number, source.queue)
                for number, (_, entry) in enumerate(self._signals[at : at + _AT_ONCE])
            ]
            results = await session.create_monitored_items(_items(granted.SubscriptionId, items))
            for number, result in enumerate(results):
                if not result.StatusCode.is_good():
                    log.warning("%s: node of %s: %s", source.name, self._names[at + number], result.StatusCode.name)
                    intake.reject()
                    intake.take([Reading(self._names[at + number], None, self._clock(), "bad")])
        if source.alarms:
            await self._subscribe_alarms(client, granted.SubscriptionId, intake)

    async def _subscribe_alarms(self, client: Client, subscription: int, intake: Intake) -> None:
        session = client.uaclient.session
        nodes = [ua.NodeId.from_string(node) for node in self._source.alarm_nodes] or [
            events.numbered(ua.ObjectIds.Server)
        ]
        items = []
        for number, node in enumerate(nodes):
            item = _item(node, ua.AttributeIds.EventNotifier, _EVENTS + number, 1000)
            item.RequestedParameters.Filter = events.wanted()
            items.append(item)
        results = await session.create_monitored_items(_items(subscription, items))
        if not any(result.StatusCode.is_good() for result in results):
            log.info("%s tells no events: %s", self.name, results[0].StatusCode.name)
            return
        refresh = ua.CallMethodRequest()
        refresh.ObjectId = events.numbered(ua.ObjectIds.ConditionType)
        refresh.MethodId = events.numbered(ua.ObjectIds.ConditionType_ConditionRefresh)
        refresh.InputArguments = [ua.Variant(subscription, ua.VariantType.UInt32)]
        try:
            result = (await session.call([refresh]))[0]
            refreshes, reason = result.StatusCode.is_good(), result.StatusCode.name
        except UaError as error:
            refreshes, reason = False, _said(error)
        if not refreshes:
            # What stood before the link broke can't be learned from such a server: only what it tells from now on.
            log.warning("%s has no ConditionRefresh: %s", self.name, reason)
            intake.conditions_are(())

    async def _watch(self, lost: asyncio.Event) -> None:
        while not lost.is_set():
            with suppress(asyncio.TimeoutError, TimeoutError):
                await asyncio.wait_for(lost.wait(), 1.0)
            if time.monotonic() - self._heard_s > _SILENT_S:
                raise SourceLost(
                    f"The OPC UA server of {self.name} has stopped telling.", "It is tried again by itself."
                )
        raise SourceLost(f"The link to the OPC UA server of {self.name} broke off.", "It is tried again by itself.")

    def _published(self, result: ua.PublishResult, intake: Intake) -> None:
        """What the server tells; also that nothing has changed. Called in the library's loop: never raises."""
        self._heard_s = time.monotonic()
        try:
            for notification in result.NotificationMessage.NotificationData or ():
                if isinstance(notification, ua.DataChangeNotification):
                    self._values(notification.MonitoredItems or (), intake)
                elif isinstance(notification, ua.EventNotificationList):
                    for event in notification.Events or ():
                        self._event(event.EventFields or (), intake)
                elif isinstance(notification, ua.StatusChangeNotification):
                    log.info("%s: subscription: %s", self.name, notification.Status)
                    self._heard_s = float("-inf")
            intake.touch(self._names)
        except Exception as error:
            log.warning("%s: a notification can't be read: %s", self.name, type(error).__name__)
            intake.reject()

    def _values(self, items: Sequence[Any], intake: Intake) -> None:
        now = self._clock()
        readings = []
        rejected = 0
        for item in items:
            if not 0 <= item.ClientHandle < len(self._names):
                rejected += 1
                continue
            value, at_s, quality, overflowed = _reading_of(item.Value, now)
            rejected += overflowed + (value is None and quality != "bad")
            readings.append(
                Reading(self._names[item.ClientHandle], value, at_s, quality if value is not None else "bad")
            )
        if rejected:
            intake.reject(rejected)
        intake.take(readings)

    def _event(self, fields: Sequence[Any], intake: Intake) -> None:
        told = events.read(fields, self._clock())
        if told == "refresh begins":
            self._refreshed = set()
        elif told == "refresh ends":
            if self._refreshed is not None:
                intake.conditions_are(self._refreshed)
            self._refreshed = None
        elif isinstance(told, Condition):
            if self._refreshed is not None and told.active:
                self._refreshed.add(told.id)
            intake.condition(told)


def _item(node: ua.NodeId, attribute: ua.AttributeIds, handle: int, queue: int) -> ua.MonitoredItemCreateRequest:
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor.NodeId = node
    item.ItemToMonitor.AttributeId = attribute
    item.MonitoringMode = ua.MonitoringMode.Reporting
    item.RequestedParameters.ClientHandle = handle
    item.RequestedParameters.SamplingInterval = 0
    item.RequestedParameters.QueueSize = queue
    item.RequestedParameters.DiscardOldest = True
    return item


def _items(subscription: int, items: Sequence[ua.MonitoredItemCreateRequest]) -> ua.CreateMonitoredItemsParameters:
    asked = ua.CreateMonitoredItemsParameters()
    asked.SubscriptionId = subscription
    asked.ItemsToCreate = list(items)
    asked.TimestampsToReturn = ua.TimestampsToReturn.Both
    return asked


def _reading_of(told: Any, now: float) -> tuple[Scalar | None, float, Quality, bool]:  # noqa: ANN401 - a DataValue
    """Value, time, quality, and whether values before it were dropped by the server."""
    if told is None:
        return None, now, "bad", False
    status = told.StatusCode
    code = int(status.value) if status is not None else 0
    quality: Quality = ("good", "uncertain", "bad", "bad")[code >> 30 & 3]
    at_s = seconds(told.SourceTimestamp) or seconds(told.ServerTimestamp) or now
    found = told.Value.Value if told.Value is not None else None
    if isinstance(found, ua.LocalizedText):
        found = found.Text
    elif isinstance(found, datetime):
        found = found.isoformat()
    return scalar(found), at_s, quality, code & _OVERFLOW == _OVERFLOW


def seconds(at: datetime | None) -> float | None:
    """A time of OPC UA, which is in UTC, as seconds since 1970; None where it says nothing."""
    if not isinstance(at, datetime) or at.year < 1971:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def _said(error: BaseException) -> str:
    if isinstance(error, asyncio.TimeoutError | TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    code = getattr(error, "code", None)
    return f"{type(error).__name__}" + (f" ({code:#010x})" if isinstance(code, int) else "")
