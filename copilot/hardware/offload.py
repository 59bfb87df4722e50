"""How much of a model goes on the GPU: computed from sizes alone, so that it can be checked with tables.

llama.cpp counts the output layer as one more layer after the repeating ones and puts the *last* ``gpu_layers`` on the
GPU; the input embeddings stay in main memory. The KV cache of a layer lies with the layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from copilot.hardware.gguf import ModelShape

KV_BYTES_PER_VALUE: Final = 2  # f16, llama.cpp's default
MICRO_BATCH: Final = 512  # tokens, llama.cpp's default n_ubatch
SMALLEST_CONTEXT: Final = 1024  # tokens: a question, one passage and a short answer
_STEP: Final = 256  # tokens: llama.cpp pads the context to a multiple of this
_RESERVE_SHARE: Final = 0.05  # of a GPU's free memory: drivers and other programs move while a model loads
_RESERVE_BYTES: Final = 256 << 20
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """A GPU that llama.cpp can compute on, with its free memory in bytes."""

    name: str
    free_bytes: int


@dataclass(frozen=True, slots=True)
class ModelNeeds:
    """What a model takes, in bytes.

    Attributes:
        layer_bytes: Weights of each repeating layer.
        output_bytes: Weights outside of them.
        kv_bytes_per_token: KV cache of one token, all layers together.
        activation_bytes: Scratch memory of one evaluation beside the two below, which share one place.
        logits_bytes: Scratch memory for the scores of all words.
        attention_bytes_per_token: Scratch memory of the attention for each token of context.
        longest_context: Tokens that the model was trained for; 0 where unknown.
    """

    layer_bytes: tuple[int, ...]
    output_bytes: int
    kv_bytes_per_token: int
    activation_bytes: int = 0
    logits_bytes: int = 0
    attention_bytes_per_token: int = 0
    longest_context: int = 0

    @classmethod
    def of(cls, shape: ModelShape, micro_batch: int = MICRO_BATCH) -> ModelNeeds:
        """Estimate from a model's shape.

        The scratch memory is that of llama.cpp's largest graph without flash attention. Measured with three models at
        4,096 to 32,768 tokens of context, the estimate is at most 10 MiB above what llama.cpp reserves, never below.
        """
        batch = 4 * micro_batch  # float32
        return cls(
            layer_bytes=shape.layer_bytes,
            output_bytes=shape.other_bytes,
            kv_bytes_per_token=shape.kv_values_per_token * KV_BYTES_PER_VALUE,
            activation_bytes=batch * 6 * shape.embedding_length,
            logits_bytes=batch * shape.vocabulary,
            attention_bytes_per_token=batch * (shape.heads + 1),  # one more for the mask
            longest_context=shape.context_length,
        )

    def total_bytes(self, context: int) -> int:
        """Everything together for a context of so many tokens."""
        return sum(self.layer_bytes) + self.output_bytes + self.kv_bytes_per_token * context + self.scratch(context)

    def scratch(self, context: int) -> int:
        """Scratch memory for a context of so many tokens."""
        return self.activation_bytes + max(self.logits_bytes, self.attention_bytes_per_token * context)


@dataclass(frozen=True, slots=True)
class OffloadPlan:
    """How to load a model.

    Attributes:
        gpu_layers: As llama.cpp counts them: 0 is the CPU alone, ``total_layers`` everything.
        total_layers: Repeating layers and the output layer.
        context: Tokens; at most what was asked for.
        fits: False where even the smallest context needs more memory than is free; loading may then fail or swap.
        device_bytes, host_bytes: What is expected on the GPUs and in main memory.
        reason: One sentence for the person.
    """

    gpu_layers: int
    total_layers: int
    context: int
    fits: bool
    device_bytes: int
    host_bytes: int
    reason: str


def plan_offload(
    needs: ModelNeeds,
    context: int,
    devices: Sequence[DeviceMemory] = (),
    host_free_bytes: int | None = None,
    smallest_context: int = SMALLEST_CONTEXT,
) -> OffloadPlan:
    """Decide how many layers go on the GPUs, and whether the context must shrink to fit.

    As many layers as fit go on the GPUs. Where the rest does not fit in main memory, the context is made shorter, not
    below ``smallest_context``.

    Args:
        needs: The model.
        context: Tokens asked for.
        devices: GPUs; none means the CPU alone.
        host_free_bytes: Main memory that is free; None where unknown.
        smallest_context: Tokens below which an answer can't be given.
    """
    wanted = min(context, needs.longest_context) if needs.longest_context else context
    floor = min(smallest_context, wanted)
    candidates = [wanted, *range((wanted - 1) // _STEP * _STEP, floor, -_STEP), *([floor] if floor < wanted else [])]
    plan = _plan(needs, wanted, devices, host_free_bytes, wanted)
    for shorter in candidates[1:]:
        if plan.fits:
            break
        plan = _plan(needs, shorter, devices, host_free_bytes, wanted)
    return plan


def _plan(
    needs: ModelNeeds, context: int, devices: Sequence[DeviceMemory], host_free: int | None, wanted: int
) -> OffloadPlan:
    total_layers = len(needs.layer_bytes) + 1
    layers, on_devices = _layers_that_fit(needs, context, devices)
    # The embeddings are in main memory whatever is offloaded; models with tied output weights keep a second copy.
    on_host = needs.total_bytes(context) - (on_devices - needs.scratch(context) * len(devices) if layers else 0)
    on_host = max(on_host, needs.output_bytes)
    fits = host_free is None or on_host <= host_free
    return OffloadPlan(
        gpu_layers=layers,
        total_layers=total_layers,
        context=context,
        fits=fits,
        device_bytes=on_devices,
        host_bytes=on_host,
        reason=_reason(layers, total_layers, devices, on_host, host_free, context, wanted),
    )


def _layers_that_fit(needs: ModelNeeds, context: int, devices: Sequence[DeviceMemory]) -> tuple[int, int]:
    """Return how many layers, as llama.cpp counts them, fit on the devices, and the bytes that they take there.

    Several devices count as one with the sum of their room, each with scratch memory of its own; llama.cpp splits in
    proportion to it. One largest layer a device is lost to the split, because layers are not divided.
    """
    if not devices:
        return 0, 0
    scratch = needs.scratch(context)
    room = sum(max(0, _usable(device) - scratch) for device in devices)
    if len(devices) > 1:
        room -= (len(devices) - 1) * max(needs.layer_bytes, default=0)
    kv_of_layer = needs.kv_bytes_per_token * context // max(1, len(needs.layer_bytes))
    taken, layers = needs.output_bytes, 1
    if taken > room:
        return 0, 0
    for size in reversed(needs.layer_bytes):
        if taken + size + kv_of_layer > room:
            break
        taken += size + kv_of_layer
        layers += 1
    if layers == 1:  # the output layer alone would only add a transfer to each token
        return 0, 0
    return layers, taken + scratch * len(devices)


def _usable(device: DeviceMemory) -> int:
    return device.free_bytes - max(_RESERVE_BYTES, int(device.free_bytes * _RESERVE_SHARE))


def _reason(
    layers: int,
    total: int,
    devices: Sequence[DeviceMemory],
    on_host: int,
    host_free: int | None,
    context: int,
    wanted: int,
) -> str:
    names = " and ".join(device.name for device in devices)
    if not devices:
        where = "the CPU computes everything: this llama.cpp sees no GPU"
    elif layers == 0:
        where = f"the CPU computes everything: no layer fits on {names}"
    elif layers == total:
        where = f"all {total} layers fit on {names}"
    else:
        where = f"{layers} of {total} layers fit on {names}"
    if host_free is not None and on_host > host_free:
        return f"{where}; {on_host // _MIB} MiB of main memory are needed, {host_free // _MIB} MiB are free"
    if context < wanted:
        return f"{where}; the context is cut from {wanted} to {context} tokens to fit in memory"
    return where
