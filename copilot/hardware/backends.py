"""What this llama.cpp was built with, and the devices it sees.

llama-cpp-python does not bind ggml's backend registry; its functions are called here through ctypes.
Source: ggml's ``ggml-backend.h``.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from copilot.hardware.offload import DeviceMemory

DeviceKind = Literal["cpu", "gpu", "integrated gpu", "accelerator"]

_KINDS: Final[tuple[DeviceKind, ...]] = ("cpu", "gpu", "integrated gpu", "accelerator")


@dataclass(frozen=True, slots=True)
class ComputeDevice:
    """A device that llama.cpp can compute on; memory in bytes, 0 where the backend doesn't say."""

    name: str
    description: str
    kind: DeviceKind
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class LlamaBuild:
    """The llama.cpp that is installed.

    Attributes:
        version: Of llama-cpp-python.
        backends: Names of the compiled-in backends, such as CPU, CUDA, Vulkan, Metal.
        devices: What they see on this machine.
        supports_offload: Whether it can put layers on a GPU at all.
        cpu_features: Instruction sets that it was compiled for and found here.
    """

    version: str
    backends: tuple[str, ...]
    devices: tuple[ComputeDevice, ...]
    supports_offload: bool
    cpu_features: tuple[str, ...]


class LlamaUnavailable(Exception):
    """llama-cpp-python is not installed or its library does not load; the text says why."""


def detect_llama_build() -> LlamaBuild:
    """Load llama.cpp's library and ask it.

    Raises:
        LlamaUnavailable: It is not installed or does not load.
    """
    try:
        import llama_cpp
        from llama_cpp import llama_cpp as native
    except Exception as error:  # a broken shared library fails in many ways: OSError, RuntimeError, FileNotFoundError
        raise LlamaUnavailable(f"{type(error).__name__}: {error}") from error
    backends, devices = _registry(Path(llama_cpp.__file__).parent / "lib")
    return LlamaBuild(
        version=str(llama_cpp.__version__),
        backends=backends,
        devices=devices,
        supports_offload=bool(native.llama_supports_gpu_offload()),
        cpu_features=_features(native.llama_print_system_info().decode("utf-8", errors="replace")),
    )


def offload_devices(build: LlamaBuild) -> list[DeviceMemory]:
    """Return the devices that layers are put on.

    llama.cpp leaves integrated GPUs aside where there is a discrete one.
    """
    if not build.supports_offload:
        return []
    discrete = [device for device in build.devices if device.kind == "gpu"]
    chosen: Sequence[ComputeDevice] = discrete or [d for d in build.devices if d.kind == "integrated gpu"]
    return [DeviceMemory(device.description or device.name, device.free_bytes) for device in chosen]


def _registry(folder: Path) -> tuple[tuple[str, ...], tuple[ComputeDevice, ...]]:
    library = _library(folder)
    if library is None:
        return (), ()
    count = library.ggml_backend_reg_count
    count.restype = ctypes.c_size_t
    if count() == 0:  # built with backends as separate libraries, which nothing has loaded yet
        library.ggml_backend_load_all_from_path(str(folder).encode())
    name_of = _function(library, "ggml_backend_reg_name", ctypes.c_char_p, ctypes.c_void_p)
    backend = _function(library, "ggml_backend_reg_get", ctypes.c_void_p, ctypes.c_size_t)
    names = tuple(_text(name_of(backend(number))) for number in range(count()))
    return names, tuple(_devices(library))


def _devices(library: ctypes.CDLL) -> list[ComputeDevice]:
    count = _function(library, "ggml_backend_dev_count", ctypes.c_size_t)
    get = _function(library, "ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
    name = _function(library, "ggml_backend_dev_name", ctypes.c_char_p, ctypes.c_void_p)
    description = _function(library, "ggml_backend_dev_description", ctypes.c_char_p, ctypes.c_void_p)
    kind = _function(library, "ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)
    size = ctypes.POINTER(ctypes.c_size_t)
    memory = _function(library, "ggml_backend_dev_memory", None, ctypes.c_void_p, size, size)
    found = []
    for number in range(count()):
        device = get(number)
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        memory(device, ctypes.byref(free), ctypes.byref(total))
        code = kind(device)
        found.append(
            ComputeDevice(
                name=_text(name(device)),
                description=_text(description(device)),
                kind=_KINDS[code] if 0 <= code < len(_KINDS) else "accelerator",
                free_bytes=free.value,
                total_bytes=total.value,
            )
        )
    return found


def _library(folder: Path) -> ctypes.CDLL | None:
    """Open the ggml library that llama-cpp-python has loaded already; None where it is laid out otherwise."""
    name = {"win32": "ggml.dll", "darwin": "libggml.dylib"}.get(sys.platform, "libggml.so")
    try:
        return ctypes.CDLL(str(folder / name))
    except OSError:
        return None


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - ctypes types
    function = getattr(library, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", errors="replace")


def _features(system_info: str) -> tuple[str, ...]:
    """Take the names that are on from "CPU : AVX2 = 1 | F16C = 1 | …"."""
    pairs = (part.rpartition(":")[2].split("=") for part in system_info.split("|"))
    return tuple(pair[0].strip() for pair in pairs if len(pair) == 2 and pair[1].strip() == "1")
