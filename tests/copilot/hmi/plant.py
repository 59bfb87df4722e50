"""Real servers of a plant on loopback, for tests: a broker, an OPC UA server with alarms, a Modbus server.

Each notes every request that would change something in the plant.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from asyncua.server.internal_session import InternalSession
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, f"did not happen: {what}"
        time.sleep(0.01)


async def until(holds: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """The same where a server of the test lives in this loop."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, f"did not happen: {what}"
        await asyncio.sleep(0.01)


class Broker:
    """Mosquitto with a configuration and an access list of its own."""

    def __init__(self, folder: Path, port: int, more: str = "") -> None:
        self.folder, self.port = folder, port
        self.log = folder / "mosquitto.log"
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest file {self.log}\nlog_type all\n"
            f"max_queued_messages 100000\npersistence false\nuser root\n{more}\n",
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        assert program is not None, "these tests need a real broker: apt-get install mosquitto"
        self._process = subprocess.Popen(
            [program, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._listens, "the broker listens")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def published_by(self) -> list[str]:
        """The log's lines about messages that clients have published."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if "Received PUBLISH from" in line]

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def broker(folder: Path, more: str = "", port: int | None = None) -> Iterator[Broker]:
    one = Broker(folder, port or free_port(), more)
    one.start()
    try:
        yield one
    finally:
        one.stop()


class CountingSession:
    """Counts every service of the OPC UA server that changes something, and who called it."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.calls: list[str] = []


class OpcPlant:
    """A running OPC UA server with some nodes and alarms."""

    def __init__(self, server: Server, port: int, counts: CountingSession) -> None:
        self.server, self.port, self.counts = server, port, counts
        self.url = f"opc.tcp://127.0.0.1:{port}/plant"
        self.nodes: dict[str, Any] = {}
        self._alarms: dict[str, Any] = {}

    async def add(self, name: str, value: Any) -> None:
        objects = self.server.nodes.objects
        self.nodes[name] = await objects.add_variable(ua.NodeId.from_string(f"ns=2;s={name}"), f"2:{name}", value)

    async def set(self, name: str, value: Any, status: int | None = None, at: datetime | None = None) -> None:
        data = ua.DataValue(
            ua.Variant(value) if not isinstance(value, ua.Variant) else value,
            StatusCode=ua.StatusCode(ua.UInt32(status or 0)),
            SourceTimestamp=at or datetime.now(UTC),
            ServerTimestamp=datetime.now(UTC),
        )
        await self.server.write_attribute_value(self.nodes[name].nodeid, data)

    async def alarm(
        self, name: str, message: str, *, active: bool, severity: int = 700, source: str = "BR-120"
    ) -> None:
        generator = self._alarms.get(name)
        if generator is None:
            generator = await self.server.get_event_generator(ua.ObjectIds.AlarmConditionType, ua.ObjectIds.Server)
            generator.event.add_property("NodeId", ua.NodeId.from_string(f"ns=2;s=alarm.{name}"), ua.VariantType.NodeId)
            self._alarms[name] = generator
        event = generator.event
        event.SourceName = source
        event.ConditionName = name
        event.Severity = severity
        event.Retain = active
        event.EnabledState = ua.LocalizedText("Enabled")
        setattr(event, "EnabledState/Id", True)
        event.ActiveState = ua.LocalizedText("Active" if active else "Inactive")
        setattr(event, "ActiveState/Id", active)
        event.AckedState = ua.LocalizedText("Unacknowledged")
        setattr(event, "AckedState/Id", False)
        await generator.trigger(message=message)


_CHANGING = (
    "write",
    "add_nodes",
    "delete_nodes",
    "add_references",
    "delete_references",
    "history_update",
    "register_nodes",
)


@asynccontextmanager
async def opc_plant(
    values: Mapping[str, Any], *, port: int | None = None, prepare: Callable[[Server], Any] | None = None
) -> AsyncIterator[OpcPlant]:
    counts = CountingSession()
    server = Server()
    server.iserver.bind_condition_methods = 1  # the severity of its refresh events; None answers no refresh
    await server.init()
    port = port or free_port()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant")
    server.set_server_name("test plant")
    if prepare is not None:
        await prepare(server)
    await server.register_namespace("urn:test:plant")
    plant = OpcPlant(server, port, counts)
    for name, value in values.items():
        await plant.add(name, value)
    async with server:
        with _counted(counts):
            yield plant


@contextmanager
def _counted(counts: CountingSession) -> Iterator[None]:
    """Note every changing service that comes over the network; the server's own session is another one."""
    originals = {
        name: getattr(InternalSession, name) for name in (*_CHANGING, "call") if hasattr(InternalSession, name)
    }

    def counting(name: str, original: Any) -> Any:
        async def service(self: InternalSession, *args: Any, **kwargs: Any) -> Any:
            if getattr(self, "external", False):
                if name == "call":
                    counts.calls += [str(one.MethodId.Identifier) for one in args[0]]
                else:
                    counts.changes.append(name)
            return await original(self, *args, **kwargs)

        return service

    for name, original in originals.items():
        setattr(InternalSession, name, counting(name, original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(InternalSession, name, original)


class ModbusPlant:
    """A running Modbus TCP server, and the function codes that it was asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.functions: list[int] = []
        self.server: ModbusTcpServer | None = None


@asynccontextmanager
async def modbus_plant(
    *,
    holding: Mapping[int, list[int]] | None = None,
    inputs: Mapping[int, list[int]] | None = None,
    coils: Mapping[int, list[bool]] | None = None,
    discrete: Mapping[int, list[bool]] | None = None,
    port: int | None = None,
) -> AsyncIterator[ModbusPlant]:
    plant = ModbusPlant(port or free_port())

    def noted(sending: bool, pdu: Any) -> Any:
        if not sending:
            plant.functions.append(pdu.function_code)
        return pdu

    def registers(content: Mapping[int, list[int]] | None) -> list[SimData]:
        return [SimData(at, values=one, datatype=DataType.REGISTERS) for at, one in (content or {0: [0]}).items()]

    def bits(content: Mapping[int, list[bool]] | None) -> list[SimData]:
        return [SimData(at, values=one, datatype=DataType.BITS) for at, one in (content or {0: [False]}).items()]

    device = SimDevice(id=1, simdata=(bits(coils), bits(discrete), registers(holding), registers(inputs)))
    plant.server = ModbusTcpServer(device, address=("127.0.0.1", plant.port), trace_pdu=noted)
    await plant.server.serve_forever(background=True)
    try:
        yield plant
    finally:
        await plant.server.shutdown()
