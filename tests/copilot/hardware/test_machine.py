"""The machine, as this process may use it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from copilot.hardware.backends import ComputeDevice, LlamaBuild, _features, detect_llama_build, offload_devices
from copilot.hardware.machine import (
    _quota,
    detect_machine,
    detect_memory,
    detect_temperature_c,
    free_disk_bytes,
    usable_cores,
)


def test_the_machine_is_described() -> None:
    machine = detect_machine()

    assert 1 <= machine.cores <= machine.logical_cores
    assert 0 < machine.memory.available_bytes <= machine.memory.total_bytes
    assert machine.processor
    assert machine.architecture


def test_a_containers_memory_limit_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("100000000\n")
    (tmp_path / "memory.current").write_text("40000000\n")

    memory = detect_memory(tmp_path)

    assert memory.total_bytes == 100_000_000
    assert memory.available_bytes == 60_000_000


def test_no_limit_is_the_whole_memory(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")

    assert detect_memory(tmp_path).total_bytes == detect_memory(tmp_path / "absent").total_bytes


QUOTAS = {
    "one and a half cores": ("150000 100000", 2),
    "half a core": ("50000 100000", 1),
    "none": ("max 100000", None),
}


@pytest.mark.parametrize(("text", "cores"), QUOTAS.values(), ids=QUOTAS.keys())
def test_a_containers_quota_is_counted_in_whole_cores(text: str, cores: int | None, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(text)

    assert _quota(tmp_path) == cores


def test_the_older_form_of_the_quota_is_read(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("300000")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000")

    assert _quota(tmp_path) == 3


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no CPU affinity")
def test_two_threads_of_one_core_count_once(tmp_path: Path) -> None:
    for cpu in os.sched_getaffinity(0):
        folder = tmp_path / f"topology/cpu{cpu}/topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text("0")
        (folder / "core_id").write_text("0")

    assert usable_cores(tmp_path / "no-cgroup", tmp_path / "topology") == 1


def test_the_disk_is_asked_even_where_the_folder_does_not_exist_yet(tmp_path: Path) -> None:
    assert free_disk_bytes(tmp_path / "not" / "yet") > 0


def test_llama_cpp_says_what_it_was_built_with() -> None:
    build = detect_llama_build()

    assert "CPU" in build.backends
    assert any(device.kind == "cpu" for device in build.devices)
    assert build.version


def build(*devices: ComputeDevice, offload: bool = True) -> LlamaBuild:
    return LlamaBuild("0", ("CPU",), devices, offload, ())


CPU = ComputeDevice("CPU", "a CPU", "cpu", 8, 8)
CARD = ComputeDevice("CUDA0", "a card", "gpu", 4, 4)
SHARED = ComputeDevice("Vulkan0", "", "integrated gpu", 2, 2)


def test_layers_go_to_cards_before_integrated_gpus_and_never_to_the_cpu() -> None:
    assert [d.name for d in offload_devices(build(CPU, CARD, SHARED))] == ["a card"]
    assert [d.name for d in offload_devices(build(CPU, SHARED))] == ["Vulkan0"]
    assert offload_devices(build(CPU)) == []
    assert offload_devices(build(CARD, offload=False)) == []


def test_only_features_that_are_on_are_named() -> None:
    assert _features("CPU : SSE3 = 1 | AVX512 = 0 | CUDA : ARCHS = 890 | F16C = 1 | ") == ("SSE3", "F16C")


def sensor(*celsius: float | None) -> list[SimpleNamespace]:
    return [SimpleNamespace(current=one) for one in celsius]


@pytest.mark.parametrize(
    ("sensors", "hottest"),
    [
        ({"coretemp": sensor(61.0, 74.0), "nvme": sensor(88.0)}, 74.0),
        ({"cpu_thermal": sensor(55.5)}, 55.5),
        ({"acpitz": sensor(40.0, 43.0)}, 43.0),
        ({"coretemp": sensor(-128.0, None, 255.0)}, None),
        ({}, None),
    ],
    ids=["the processor's sensors count", "a small board", "none known by name", "not connected", "no sensors"],
)
def test_the_hottest_part_of_the_processor_tells_its_temperature(
    monkeypatch: pytest.MonkeyPatch, sensors: dict[str, list[SimpleNamespace]], hottest: float | None
) -> None:
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: sensors, raising=False)

    assert detect_temperature_c() == hottest


def test_a_system_that_has_no_sensors_to_ask_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_temperatures", raising=False)

    assert detect_temperature_c() is None
