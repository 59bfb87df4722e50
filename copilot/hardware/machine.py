"""What this machine has, and how much of it this process may use."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CGROUP: Final = Path("/sys/fs/cgroup")
_TOPOLOGY: Final = Path("/sys/devices/system/cpu")
_PROCESSOR_SENSORS: Final = ("coretemp", "k10temp", "zenpower", "cpu", "soc", "x86_pkg")
_LEAST_C: Final = -60.0  # beyond these a sensor is not connected
_MOST_C: Final = 150.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Main memory, as this process may use it: a container's limit counts."""

    total_bytes: int
    available_bytes: int


@dataclass(frozen=True, slots=True)
class Power:
    """Where the power comes from; ``battery_percent`` is None on a machine without a battery."""

    on_mains: bool
    battery_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """Hardware and operating system.

    Attributes:
        cores: Physical cores that this process may use; the best number of threads for a language model.
        logical_cores: The same with the second threads of cores.
    """

    system: str
    architecture: str
    processor: str
    cores: int
    logical_cores: int
    memory: Memory
    power: Power


def detect_machine() -> Machine:
    """Look at the machine; takes some milliseconds."""
    return Machine(
        system=f"{platform.system()} {platform.release()}".strip(),
        architecture=platform.machine(),
        processor=_processor(),
        cores=usable_cores(),
        logical_cores=_logical_cores(),
        memory=detect_memory(),
        power=detect_power(),
    )


def detect_memory(cgroup: Path = _CGROUP) -> Memory:
    """Return main memory, bounded by the container's limit where there is one (cgroup version 2 or 1)."""
    import psutil

    whole = psutil.virtual_memory()
    memory = Memory(whole.total, whole.available)
    for limit_file, used_file in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        limit, used = _number_in(cgroup / limit_file), _number_in(cgroup / used_file)
        if limit is not None and limit < memory.total_bytes:
            memory = Memory(limit, min(memory.available_bytes, max(0, limit - (used or 0))))
    return memory


def usable_cores(cgroup: Path = _CGROUP, topology: Path = _TOPOLOGY) -> int:
    """Return how many physical cores this process may use: affinity and a container's quota count. At least 1.

    Two threads on one core share the units that a language model keeps busy; more threads than cores make it slower.
    """
    import psutil

    allowed = _affinity()
    if allowed is not None and (cores := _physical(allowed, topology)):
        count = cores
    else:
        count = psutil.cpu_count(logical=False) or os.cpu_count() or 1
        if allowed is not None:
            count = min(count, len(allowed))
    quota = _quota(cgroup)
    return max(1, min(count, quota) if quota else count)


def detect_power() -> Power:
    """Return where the power comes from; a machine without a battery is on mains."""
    import psutil

    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError, RuntimeError):
        # Not every system has this call, and some drivers fail in it.
        battery = None
    if battery is None:
        return Power(on_mains=True)
    return Power(on_mains=battery.power_plugged is not False, battery_percent=float(battery.percent))


def detect_temperature_c() -> float | None:
    """Return the temperature of the hottest part of the processor, in °C; None where nobody knows.

    Sensors are named by their drivers (kernel documentation, hwmon): of those of the processor the hottest counts, and
    where none is known by its name, the hottest of all.
    """
    import psutil

    try:
        sensors = psutil.sensors_temperatures()
    except (AttributeError, OSError, RuntimeError):
        # Not every system has this call, and some drivers fail in it.
        return None
    groups = [readings for name, readings in sensors.items() if name.startswith(_PROCESSOR_SENSORS)]
    found = [
        float(one.current)
        for readings in groups or sensors.values()
        for one in readings
        if one.current is not None and _LEAST_C < one.current < _MOST_C
    ]
    return max(found, default=None)


def peak_memory_bytes() -> int:
    """Return the most main memory that this process has had resident so far, in bytes."""
    import psutil

    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return int(memory.peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)  # kilobytes but on macOS


def free_disk_bytes(path: Path) -> int:
    """Return the free bytes of the disk on which ``path`` lies or would lie.

    Raises:
        OSError: The disk can't be asked.
    """
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(existing).free


def _affinity() -> set[int] | None:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return None


def _logical_cores() -> int:
    allowed = _affinity()
    return len(allowed) if allowed is not None else os.cpu_count() or 1


def _physical(cpus: set[int], topology: Path) -> int:
    """Count the distinct cores behind these logical CPUs; 0 where the kernel doesn't say."""
    cores = set()
    for cpu in cpus:
        folder = topology / f"cpu{cpu}" / "topology"
        package, core = _number_in(folder / "physical_package_id"), _number_in(folder / "core_id")
        if package is None or core is None:
            return 0
        cores.add((package, core))
    return len(cores)


def _quota(cgroup: Path) -> int | None:
    """Return the whole cores that a container's CPU quota grants, rounded up; None without a quota."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        quota = str(_number_in(cgroup / "cpu/cpu.cfs_quota_us") or "max")
        period = str(_number_in(cgroup / "cpu/cpu.cfs_period_us") or 100_000)
    if not quota.isdecimal() or not period.isdecimal() or int(period) == 0:
        return None
    return max(1, -(-int(quota) // int(period)))


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model"):
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
