"""The machine, the program's parts, and what the language model may use of them."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from copilot.doctor.findings import Finding
from copilot.hardware.backends import LlamaBuild, LlamaUnavailable, detect_llama_build, offload_devices
from copilot.hardware.machine import detect_machine

_MIB: Final = 1 << 20
_GIB: Final = 1 << 30
_LITTLE_MEMORY: Final = 1 * _GIB  # the small tier with its context takes about this much

_NEEDED: Final = (
    "llama-cpp-python",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "apsw-sqlite3mc",
    "sqlite-vec",
    "pydantic",
    "httpx",
    "click",
    "rich",
    "pypdfium2",
    "tuf",
    "zstandard",
    "msgpack",
)
_OPTIONAL: Final = ("sentence-transformers", "torch", "rapidocr", "rapidocr-onnxruntime")


def check_program() -> Iterator[Finding]:
    """Look at Python and at the packages that the program stands on."""
    found = {name: _version(name) for name in (*_NEEDED, *_OPTIONAL)}
    missing = [name for name in _NEEDED if found[name] is None]
    details = {
        "edge_copilot": _version("edge-copilot"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: number for name, number in found.items() if number is not None},
    }
    what = (
        f"Edge Copilot {details['edge_copilot'] or '(not installed)'}, Python {details['python']}, {details['system']}"
    )
    if missing:
        remedy = "Install Edge Copilot again: pip install --upgrade edge-copilot"
        yield Finding("program", "fault", f"{what}: {', '.join(missing)} missing.", remedy, details)
    else:
        yield Finding("program", "ok", f"{what}.", details=details)


def check_machine() -> Iterator[Finding]:
    """Look at processor, memory and power."""
    machine = detect_machine()
    memory = machine.memory
    details = {
        "processor": machine.processor,
        "architecture": machine.architecture,
        "cores": machine.cores,
        "logical_cores": machine.logical_cores,
        "memory_bytes": memory.total_bytes,
        "memory_available_bytes": memory.available_bytes,
        "on_mains": machine.power.on_mains,
        "battery_percent": machine.power.battery_percent,
    }
    what = (
        f"{machine.processor}, {machine.cores} cores, {memory.total_bytes / _GIB:.1f} GiB of memory, "
        f"{memory.available_bytes / _GIB:.1f} GiB free"
    )
    if not machine.power.on_mains:
        what += f", on battery ({machine.power.battery_percent:.0f}%)"
    if memory.available_bytes < _LITTLE_MEMORY:
        remedy = "Close other programs, or choose a smaller model: engine.tier = “tiny”."
        yield Finding("machine", "warning", f"{what}: little memory is free.", remedy, details)
    else:
        yield Finding("machine", "ok", f"{what}.", details=details)


def check_llama(build: LlamaBuild | LlamaUnavailable) -> Iterator[Finding]:
    """Look at llama.cpp: what it was built with, and whether it leaves a GPU unused."""
    if isinstance(build, LlamaUnavailable):
        remedy = "Install it again: pip install --force-reinstall --no-cache-dir llama-cpp-python"
        what = f"llama.cpp does not load ({build}); answers are quoted, not written."
        yield Finding("llama.cpp", "fault", what, remedy)
        return
    devices = offload_devices(build)
    details = {
        "version": build.version,
        "backends": list(build.backends),
        "cpu_features": list(build.cpu_features),
        "supports_offload": build.supports_offload,
        "devices": [
            {
                "name": device.name,
                "description": device.description,
                "kind": device.kind,
                "free_bytes": device.free_bytes,
                "total_bytes": device.total_bytes,
            }
            for device in build.devices
        ],
    }
    what = f"llama.cpp (llama-cpp-python {build.version}) with {', '.join(build.backends) or 'unknown backends'}"
    if devices:
        free = ", ".join(f"{device.name} with {device.free_bytes // _MIB} MiB free" for device in devices)
        yield Finding("llama.cpp", "ok", f"{what}; it computes on {free}.", details=details)
    elif flag := _flag_for_unused_gpu():
        remedy = (
            f'Build it for this GPU: CMAKE_ARGS="{flag}" pip install --force-reinstall --no-cache-dir llama-cpp-python'
        )
        yield Finding("llama.cpp", "warning", f"{what}; this machine's GPU is not used.", remedy, details)
    else:
        yield Finding("llama.cpp", "ok", f"{what}; the CPU computes everything.", details=details)


def check_onnx() -> Iterator[Finding]:
    """Look at ONNX Runtime, which computes embeddings."""
    try:
        import onnxruntime
    except Exception as error:  # a missing or broken shared library fails in many ways
        what = f"ONNX Runtime does not load ({type(error).__name__}: {error}); searching goes by words only."
        remedy = "Install it again: pip install --force-reinstall onnxruntime"
        yield Finding("onnxruntime", "fault", what, remedy)
        return
    providers = list(onnxruntime.get_available_providers())
    named = ", ".join(name.removesuffix("ExecutionProvider") for name in providers)
    details = {"version": onnxruntime.__version__, "providers": providers}
    yield Finding("onnxruntime", "ok", f"ONNX Runtime {onnxruntime.__version__} with {named}.", details=details)


def load_llama() -> LlamaBuild | LlamaUnavailable:
    """Ask llama.cpp once, for all checks that need it."""
    try:
        return detect_llama_build()
    except LlamaUnavailable as error:
        return error


def _flag_for_unused_gpu(root: Path = Path("/")) -> str | None:
    """Return llama.cpp's build flag for a GPU whose driver is there; None where there is none."""
    if (root / "proc/driver/nvidia/version").exists() or (root / "dev/nvidiactl").exists():
        return "-DGGML_CUDA=on"
    if (root / "dev/kfd").exists():
        return "-DGGML_HIP=on"
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "-DGGML_METAL=on"
    if any((root / "dev/dri").glob("renderD*")):
        return "-DGGML_VULKAN=on"
    return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
