"""Values from a Modbus TCP server, by asking again and again. Knows the function codes 1 to 4, which read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from copilot.hmi.registry.file import ModbusSource, Register, RegisterTable, SignalEntry
from copilot.hmi.sources.base import Intake, SourceLost, hush
from copilot.hmi.sources.registers import decode_bit, decode_registers, width
from copilot.hmi.values import Reading, Signal

hush("pymodbus.logging")

_MOST_BITS: Final = 1000
_SILENT_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Block:
    """Registers or bits that are read in one request.

    Attributes:
        first, count: Addresses.
        wanted: What lies in it.
    """

    table: RegisterTable
    first: int
    count: int
    wanted: tuple[tuple[Signal, Register], ...]


def blocks(signals: Sequence[tuple[Signal, SignalEntry]], most_registers: int) -> list[Block]:
    """Few requests for many signals: what lies side by side is read together, what has a gap between it is not.

    A gap may hold addresses that the server refuses, and would take its neighbours along.
    """
    placed: dict[RegisterTable, list[tuple[int, int, Signal, Register]]] = {}
    for signal, entry in signals:
        register = entry.register_
        assert register is not None, "checked when the file was read"
        placed.setdefault(register.table, []).append((register.address, width(register), signal, register))
    found: list[Block] = []
    for table, places in placed.items():
        most = most_registers if table in ("holding", "input") else _MOST_BITS
        run: list[tuple[int, int, Signal, Register]] = []
        for place in sorted(places, key=lambda one: (one[0], one[1])):
            end = max((at + size for at, size, *_ in run), default=place[0])
            if run and (place[0] > end or max(end, place[0] + place[1]) - run[0][0] > most):
                found.append(_block(table, run))
                run = []
            run.append(place)
        if run:
            found.append(_block(table, run))
    return found


def _block(table: RegisterTable, run: Sequence[tuple[int, int, Signal, Register]]) -> Block:
    first = run[0][0]
    end = max(at + size for at, size, *_ in run)
    return Block(table, first, end - first, tuple((signal, register) for _, _, signal, register in run))


class _Reader:
    """The reading part of a Modbus client: the rest of it is out of reach for everybody else in here."""

    def __init__(self, source: ModbusSource) -> None:
        self._client = AsyncModbusTcpClient(
            source.host, port=source.port, timeout=source.timeout_s, retries=0, reconnect_delay=0
        )
        self._unit = source.unit

    async def connect(self) -> bool:
        return bool(await self._client.connect())

    @property
    def connected(self) -> bool:
        return bool(self._client.connected)

    async def read(self, block: Block) -> Any:  # noqa: ANN401 - pymodbus's answer
        match block.table:
            case "coil":
                return await self._client.read_coils(block.first, count=block.count, device_id=self._unit)
            case "discrete":
                return await self._client.read_discrete_inputs(block.first, count=block.count, device_id=self._unit)
            case "holding":
                return await self._client.read_holding_registers(block.first, count=block.count, device_id=self._unit)
            case "input":
                return await self._client.read_input_registers(block.first, count=block.count, device_id=self._unit)

    def close(self) -> None:
        self._client.close()


class Modbus:
    """A Modbus TCP server.

    Args:
        source: Where it is.
        signals: What of it is wanted.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        source: ModbusSource,
        signals: Sequence[tuple[Signal, SignalEntry]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._clock = clock
        self._blocks = blocks(signals, source.most_registers)

    @property
    def name(self) -> str:
        """As in ``signals.toml``."""
        return self._source.name

    async def run(self, intake: Intake) -> None:
        """Deliver until the link breaks; see `Source.run`."""
        source = self._source
        reader = _Reader(source)
        loop = asyncio.get_running_loop()
        try:
            if not await reader.connect():
                raise self._lost("can't be reached")
            silent = 0
            due = loop.time()
            while True:
                answered = 0
                for block in self._blocks:
                    answered += await self._poll(reader, block, intake)
                    if not reader.connected:
                        raise self._lost("broke off")
                silent = 0 if answered or not self._blocks else silent + 1
                if silent >= _SILENT_ROUNDS:
                    raise self._lost("doesn't answer")
                due = max(due + source.poll_ms / 1000, loop.time())
                await asyncio.sleep(due - loop.time())
        except OSError as error:
            raise self._lost(f"can't be reached: {error.strerror or type(error).__name__}") from error
        finally:
            reader.close()

    async def _poll(self, reader: _Reader, block: Block, intake: Intake) -> bool:
        """Read one block; whether the server answered at all, be it with a refusal."""
        try:
            answer = await reader.read(block)
        except ModbusException:  # no answer in time, or one that makes no sense
            intake.reject()
            return False
        now = self._clock()
        if answer.isError():
            intake.up()
            intake.reject(len(block.wanted))
            intake.take([Reading(signal.name, None, now, "bad") for signal, _ in block.wanted])
            return True
        intake.up()
        is_bits = block.table in ("coil", "discrete")
        content: Sequence[Any] = (answer.bits if is_bits else answer.registers) or ()
        readings = []
        for signal, register in block.wanted:
            at = register.address - block.first
            value = decode_bit(content, at) if is_bits else decode_registers(content, at, register)
            if value is None:
                intake.reject()
            readings.append(Reading(signal.name, value, now, "good" if value is not None else "bad"))
        intake.take(readings)
        return True

    def _lost(self, what: str) -> SourceLost:
        return SourceLost(
            f"The Modbus server of {self._source.name} ({self._source.host}:{self._source.port}) {what}.",
            "It is tried again by itself; check the device, the network and the unit number.",
        )
