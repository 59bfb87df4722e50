"""Ingest of live signals: values a second through the real path, on one core, and whether any is lost.

    .venv/bin/python -m bench.hmi_ingest [--seconds 20] [--rate 5000] [mqtt] [sparkplug] [opcua]

The live side runs in this process, pinned to one core; broker, OPC UA server and whoever sends run in others, on the
other cores where there are any. Every value is numbered by who sends it, so that what is missing is known.
"""

# ruff: noqa: ANN401 - queues carry whatever is put into them
from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from copilot.hmi.parts import Live
from copilot.settings import Settings
from copilot.settings.hmi import HmiSettings
from tests.copilot.hmi.plant import broker, free_port

SIGNALS = 500
CORES = sorted(os.sched_getaffinity(0))
OTHERS = set(CORES[1:]) or set(CORES)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("ways", nargs="*", default=["mqtt", "sparkplug", "opcua"])
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--rate", type=int, default=5000)
    given = arguments.parse_args()
    ways: dict[str, Callable[[float, int], None]] = {"mqtt": mqtt, "sparkplug": sparkplug, "opcua": opcua}
    print(f"{SIGNALS} signals; {given.rate} changes a second for {given.seconds:.0f} s; cores {len(CORES)}")
    print("| way | sent | taken | lost | sent a second | processor of the live side | changes a second of one core |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for way in given.ways:
        os.sched_setaffinity(0, OTHERS)  # the broker inherits it
        ways[way](given.seconds, given.rate)


def measure(way: str, signals: str, folder: Path, begin: Callable[[], Any], sent: Callable[[Any], int]) -> None:
    """Run the live side while ``begin`` lets somebody send; ``sent`` waits for that and says how many values it was."""
    file = folder / "signals.toml"
    file.write_text(signals, encoding="utf-8")
    live = Live(Settings(data_dir=folder / "data", hmi=HmiSettings(signals=file)))
    os.sched_setaffinity(0, {CORES[0]})
    live.start()
    while live.sources()[0].condition != "up":
        time.sleep(0.05)
    time.sleep(1)
    before = live.sources()[0].changes
    processor, wall = time.process_time(), time.perf_counter()
    count = sent(begin())
    took = time.perf_counter() - wall
    end = time.monotonic() + 10
    while live.sources()[0].changes - before < count and time.monotonic() < end:
        time.sleep(0.05)
    used = time.process_time() - processor
    source = live.sources()[0]
    taken = source.changes - before
    live.close()
    print(
        f"| {way} | {count:,} | {taken:,} | {count - taken} | {count / took:,.0f} | {used / took:.0%} of a core"
        f" | {taken / used:,.0f} |",
        flush=True,
    )


def mqtt(seconds: float, rate: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with broker(folder) as one:
            signals = _source(f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {one.port}\nclient_id = "bench"') + "".join(
                f'[[signal]]\nname = "s{n}"\nsource = "plant"\ntopic = "plant/s{n}"\nfield = "value"\nhigh = 1e12\n'
                for n in range(SIGNALS)
            )
            measure(
                "MQTT, JSON, QoS 1",
                signals,
                folder,
                lambda: _child(_publish, one.port, seconds, rate),
                lambda child: int(child.get()),
            )


def sparkplug(seconds: float, rate: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with broker(folder) as one:
            signals = _source(f'kind = "mqtt"\nhost = "127.0.0.1"\nport = {one.port}\nclient_id = "bench"') + "".join(
                f'[[signal]]\nname = "s{n}"\nsource = "plant"\nmetric = "s{n}"\ndevice = "g/n"\nhigh = 1e12\n'
                for n in range(SIGNALS)
            )
            measure(
                "MQTT, Sparkplug B, 50 metrics a message",
                signals,
                folder,
                lambda: _child(_publish_sparkplug, one.port, seconds, rate),
                lambda child: int(child.get()),
            )


def opcua(seconds: float, rate: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        waiting = _child(_serve_opcua, port, seconds, rate)
        waiting.get()  # it listens
        signals = _source(
            f'kind = "opcua"\nurl = "opc.tcp://127.0.0.1:{port}/plant"\nalarms = false\nqueue = 1000'
        ) + "".join(
            f'[[signal]]\nname = "s{n}"\nsource = "plant"\nnode = "ns=2;s=s{n}"\nhigh = 1e12\n' for n in range(SIGNALS)
        )

        def begin() -> Any:
            waiting.put("go")
            return waiting

        measure("OPC UA, 500 nodes", signals, folder, begin, lambda child: int(child.get()))
        waiting.put("stop")


def _source(content: str) -> str:
    return f'[[source]]\nname = "plant"\n{content}\n\n'


class _Child:
    """A process with two queues."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._in, self._out = context.Queue(), context.Queue()
        given = (work, OTHERS, self._in, self._out, *arguments)
        self._process = context.Process(target=_on_other_cores, args=given, daemon=True)
        self._process.start()

    def get(self) -> Any:
        return self._out.get(timeout=600)

    def put(self, value: Any) -> None:
        self._in.put(value)


def _on_other_cores(work: Callable[..., None], cores: set[int], *arguments: Any) -> None:
    os.sched_setaffinity(0, cores)
    work(*arguments)


def _child(work: Callable[..., None], *arguments: Any) -> _Child:
    return _Child(work, *arguments)


def _evenly(seconds: float, rate: int, at_once: int, send: Callable[[int], None]) -> int:
    """Call ``send`` with the number of each value, ``rate`` a second, in steps of ``at_once``."""
    begun = time.perf_counter()
    count = 0
    while count < seconds * rate:
        for _ in range(at_once):
            send(count)
            count += 1
        behind = begun + count / rate - time.perf_counter()
        if behind > 0:
            time.sleep(behind)
    return count


def _publish(_: Any, told: Any, port: int, seconds: float, rate: int) -> None:
    import paho.mqtt.client as paho

    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="bench-device")
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    last: list[Any] = []

    def send(number: int) -> None:
        content = f'{{"value": {number}, "unit": "V"}}'
        last[:] = [client.publish(f"plant/s{number % SIGNALS}", content, qos=1)]

    count = _evenly(seconds, rate, 50, send)
    last[0].wait_for_publish(60)
    while client._out_messages:
        time.sleep(0.01)
    told.put(count)
    client.disconnect()


def _publish_sparkplug(_: Any, told: Any, port: int, seconds: float, rate: int) -> None:
    import paho.mqtt.client as paho

    from copilot.hmi.sources.sparkplug.payload import message_class

    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="bench-device")
    client.connect("127.0.0.1", port)
    client.loop_start()
    birth = message_class()()
    birth.seq = 0
    for number in range(SIGNALS):
        metric = birth.metrics.add()
        metric.name, metric.alias, metric.datatype, metric.double_value = f"s{number}", number, 10, 0.0
    client.publish("spBv1.0/g/NBIRTH/n", birth.SerializeToString(), qos=1).wait_for_publish(10)
    waiting: list[Any] = []
    sequence = 0

    def send(number: int) -> None:
        nonlocal sequence
        if not waiting:
            message = message_class()()
            sequence = (sequence + 1) % 256
            message.seq, message.timestamp = sequence, int(time.time() * 1000)
            waiting.append(message)
        metric = waiting[0].metrics.add()
        metric.alias, metric.datatype, metric.double_value = number % SIGNALS, 10, float(number)
        if len(waiting[0].metrics) == 50:
            info = client.publish("spBv1.0/g/NDATA/n", waiting.pop().SerializeToString(), qos=1)
            if number % 5000 == 4999:
                info.wait_for_publish(60)

    count = _evenly(seconds, rate, 50, send)
    while client._out_messages:
        time.sleep(0.01)
    told.put(count + SIGNALS)  # the values of the birth
    client.disconnect()


def _serve_opcua(asked: Any, told: Any, port: int, seconds: float, rate: int) -> None:
    asyncio.run(_opcua(asked, told, port, seconds, rate))


async def _opcua(asked: Any, told: Any, port: int, seconds: float, rate: int) -> None:
    from asyncua import Server, ua

    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant")
    await server.register_namespace("urn:bench")
    nodes = []
    for number in range(SIGNALS):
        node = ua.NodeId.from_string(f"ns=2;s=s{number}")
        nodes.append((await server.nodes.objects.add_variable(node, f"2:s{number}", 0.0)).nodeid)
    async with server:
        told.put("listens")
        await asyncio.to_thread(asked.get)
        begun = time.perf_counter()
        count = 0
        while count < seconds * rate:
            for _ in range(50):
                value = ua.DataValue(ua.Variant(float(count + 1)))
                await server.write_attribute_value(nodes[count % SIGNALS], value)
                count += 1
            ahead = begun + count / rate - time.perf_counter()
            await asyncio.sleep(max(0.0, ahead))
        told.put(count)
        await asyncio.to_thread(asked.get)


if __name__ == "__main__":
    main()
