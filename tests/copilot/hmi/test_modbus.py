"""Modbus TCP against a real server: what is read, how it is scaled, what happens where it fails; and only reading."""

from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.hmi.registry.file import Register, SignalEntry
from copilot.hmi.sources import Backoff
from copilot.hmi.sources.modbus import blocks
from copilot.hmi.sources.registers import decode_registers, in_order
from copilot.hmi.values import Signal
from tests.copilot.hmi.conftest import OpenLive
from tests.copilot.hmi.plant import free_port, modbus_plant, until

SIGNALS = """
[[source]]
name = "meter"
kind = "modbus"
host = "127.0.0.1"
port = {port}
poll_ms = 30
timeout_s = 0.5

[[signal]]
name = "voltage"
source = "meter"
register = {{ table = "input", address = 0, type = "float32" }}
unit = "V"

[[signal]]
name = "power"
source = "meter"
register = {{ table = "holding", address = 10, type = "int16", scale = 0.1, offset = -5 }}

[[signal]]
name = "energy"
source = "meter"
register = {{ table = "holding", address = 11, type = "uint32", order = "cdab" }}

[[signal]]
name = "door"
source = "meter"
register = {{ table = "discrete", address = 3 }}

[[signal]]
name = "lamp"
source = "meter"
register = {{ table = "coil", address = 2 }}

[[signal]]
name = "overload"
source = "meter"
register = {{ table = "holding", address = 13, bit = 4 }}

[[signal]]
name = "nowhere"
source = "meter"
register = {{ table = "holding", address = 9000 }}
"""


def words(kind: str, value: float) -> list[int]:
    raw = struct.pack(kind, value)
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


async def test_every_table_is_read_and_scaled(open_live: OpenLive) -> None:
    async with modbus_plant(
        inputs={0: words(">f", 398.25)},
        holding={10: [65436, *reversed(words(">I", 123456789)), 0b10000]},
        coils={0: [False, False, True, False, False, False, False, False]},
        discrete={0: [False, False, False, True, False, False, False, False]},
    ) as plant:
        live = open_live(SIGNALS.format(port=plant.port))
        live.start()
        await until(lambda: live.board.state("door").is_current, "the last block")

        values = {state.signal.name: state.reading.value for state in live.board.states() if state.is_current}
        assert values == {
            "voltage": 398.25,
            "power": -15.0,
            "energy": 123456789,
            "door": True,
            "lamp": True,
            "overload": True,
        }
        await until(lambda: live.board.state("nowhere").quality == "bad", "the address that isn't there")
        assert set(plant.functions) == {1, 2, 3, 4}
        await asyncio.to_thread(live.stop)


async def test_a_server_that_goes_away_is_found_again(open_live: OpenLive) -> None:
    port = free_port()
    live = open_live(SIGNALS.format(port=port))
    async with modbus_plant(inputs={0: words(">f", 400.0)}, port=port):
        live.start()
        live._monitor._backoff = Backoff(0.05, 0.1)
        await until(lambda: live.board.state("voltage").is_current, "the first value")
    await until(lambda: live.board.state("voltage").quality == "stale", "the loss")
    async with modbus_plant(inputs={0: words(">f", 401.0)}, port=port):
        await until(lambda: live.board.state("voltage").is_current, "a value after the break")
        assert live.board.state("voltage").reading.value == 401.0
        await asyncio.to_thread(live.stop)


def signal(name: str, **register: object) -> tuple[Signal, SignalEntry]:
    entry = SignalEntry(name=name, source="meter", register=Register(**register))
    return Signal(name, name, "meter"), entry


def test_what_lies_side_by_side_is_read_in_one_request_and_a_gap_is_not_read() -> None:
    found = blocks(
        [
            signal("a", address=0, type="float32"),
            signal("b", address=2),
            signal("c", address=4),
            signal("d", table="coil", address=0),
        ],
        120,
    )

    assert [(block.table, block.first, block.count) for block in found] == [
        ("holding", 0, 3),
        ("holding", 4, 1),
        ("coil", 0, 1),
    ]


def test_no_request_is_longer_than_the_server_takes() -> None:
    found = blocks([signal(f"s{at}", address=at) for at in range(300)], 120)

    assert [block.count for block in found] == [120, 120, 60]


ORDERS = {"abcd": ">", "dcba": "<"}


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
@pytest.mark.parametrize("order", ["abcd", "badc", "cdab", "dcba"])
def test_a_float_is_read_in_every_byte_order(order: str, value: float) -> None:
    raw = struct.pack(">f", value)
    pairs = [raw[0:2], raw[2:4]]
    if order in ("cdab", "dcba"):
        pairs.reverse()
    if order in ("badc", "dcba"):
        pairs = [pair[::-1] for pair in pairs]
    registers = [int.from_bytes(pair, "big") for pair in pairs]

    assert in_order(registers, order) == raw
    found = decode_registers(registers, 0, Register(address=0, type="float32", order=order))
    assert found == pytest.approx(value, rel=1e-6, abs=1e-44)


@given(
    st.lists(st.integers(0, 0xFFFF), max_size=8),
    st.integers(-2, 10),
    st.sampled_from(["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "string"]),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_no_answer_of_a_server_is_more_than_unreadable(registers: list[int], at: int, kind: str, scale: float) -> None:
    register = Register(address=0, type=kind, scale=scale, length=4)

    found = decode_registers(registers, at, register)

    assert found is None or isinstance(found, float | int | str)
