"""Which hardware ONNX Runtime computes on: the best that it was built with, the CPU where that fails.

What a build offers depends on the package installed (``onnxruntime-gpu``, ``onnxruntime-directml``,
``onnxruntime-qnn``, ``onnxruntime-openvino``…); the plain one has the CPU only, on macOS also CoreML.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

CPU: Final = "CPUExecutionProvider"

# Fastest first. TensorRT is left out: it compiles an engine for minutes to run a model of 20 MB.
_PREFERENCE: Final = (
    "CUDAExecutionProvider",
    "MIGraphXExecutionProvider",
    "ROCMExecutionProvider",
    "DmlExecutionProvider",
    "CoreMLExecutionProvider",
    "QNNExecutionProvider",
    "OpenVINOExecutionProvider",
    CPU,
)

ProviderOptions = dict[str, str]


def preferred(available: Sequence[str]) -> list[str]:
    """Those of ``available`` worth trying, best first; the CPU is always the last.

    >>> preferred(["AzureExecutionProvider", "CPUExecutionProvider", "CUDAExecutionProvider"])
    ['CUDAExecutionProvider', 'CPUExecutionProvider']
    """
    return [name for name in _PREFERENCE if name in available and name != CPU] + [CPU]


def options_of(provider: str) -> ProviderOptions:
    """Settings that a provider needs to be of use here."""
    if provider == "QNNExecutionProvider":
        library = {"win32": "QnnHtp.dll", "linux": "libQnnHtp.so"}.get(sys.platform, "libQnnHtp.so")
        return {"backend_path": library}
    if provider == "OpenVINOExecutionProvider":
        return {"device_type": "AUTO:GPU,NPU,CPU"}
    return {}


def physical_cores() -> int:
    """Physical cores that this process may use; hyper-threads only slow dense arithmetic down."""
    import psutil

    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return max(1, min(physical, allowed))
