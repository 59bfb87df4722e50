"""What goes on the GPU: tables for the cases that matter, properties for all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.hardware.gguf import ModelShape
from copilot.hardware.offload import SMALLEST_CONTEXT, DeviceMemory, ModelNeeds, plan_offload

GIB = 1 << 30
MIB = 1 << 20

# Ten layers of 100 MiB, 200 MiB outside, 1 MiB of KV and no scratch for each 100 tokens or so: easy to add up.
NEEDS = ModelNeeds(layer_bytes=(100 * MIB,) * 10, output_bytes=200 * MIB, kv_bytes_per_token=10 * 1024)


def gpu(mib: int, name: str = "GPU") -> DeviceMemory:
    """A GPU with so much room beyond the reserve of 256 MiB."""
    return DeviceMemory(name, (mib + 256) * MIB)


# context 1024 → KV 1 MiB a layer
CASES = {
    "no GPU": ([], 0),
    "a GPU with room for all": ([gpu(2000)], 11),
    "exactly all": ([gpu(200 + 10 * 101)], 11),
    "a byte short of all": ([DeviceMemory("GPU", (200 + 10 * 101 + 256) * MIB - 1)], 10),
    "half": ([gpu(200 + 5 * 101 + 50)], 6),
    "room for the output only": ([gpu(250)], 0),
    "a GPU that is full": ([gpu(-256)], 0),
    "two GPUs, one layer lost to the split": ([gpu(400), gpu(400)], 1 + (800 - 100 - 200) // 101),
}


@pytest.mark.parametrize(("devices", "layers"), CASES.values(), ids=CASES.keys())
def test_as_many_layers_go_on_the_gpu_as_fit(devices: list[DeviceMemory], layers: int) -> None:
    plan = plan_offload(NEEDS, 1024, devices)

    assert plan.gpu_layers == layers
    assert plan.total_layers == 11
    assert plan.context == 1024


def test_the_context_is_never_longer_than_the_model_was_trained_for() -> None:
    needs = ModelNeeds((MIB,), MIB, 1024, longest_context=2048)

    assert plan_offload(needs, 8192).context == 2048


def test_the_context_shrinks_where_memory_is_short_and_the_reason_says_so() -> None:
    needs = ModelNeeds((100 * MIB,), 0, kv_bytes_per_token=100 * 1024)

    plan = plan_offload(needs, 4096, host_free_bytes=300 * MIB)

    assert plan.fits
    assert plan.context == 2048
    assert plan.reason.endswith("the context is cut from 4096 to 2048 tokens to fit in memory")


def test_a_model_too_large_for_the_machine_is_said_with_both_figures() -> None:
    plan = plan_offload(NEEDS, 4096, host_free_bytes=500 * MIB)

    assert not plan.fits
    assert plan.context == SMALLEST_CONTEXT
    assert "1210 MiB of main memory are needed, 500 MiB are free" in plan.reason


def test_layers_on_the_gpu_spare_main_memory() -> None:
    assert plan_offload(NEEDS, 1024, [gpu(2000)], host_free_bytes=300 * MIB).fits
    assert not plan_offload(NEEDS, 1024, [], host_free_bytes=300 * MIB).fits


# What llama.cpp reserves, as it prints it itself ("compute buffer size"), in MiB by context.
MEASURED = {
    "SmolLM2 135M": ({"embedding": 576, "heads": 9, "vocabulary": 49152}, {4096: 99.4, 8192: 166.4}),
    "Qwen2.5 0.5B": ({"embedding": 896, "heads": 14, "vocabulary": 151936}, {4096: 302.0, 16384: 489.3, 32768: 969.3}),
    "Qwen2.5 1.5B": ({"embedding": 1536, "heads": 12, "vocabulary": 151936}, {4096: 305.8, 32768: 848.0}),
}


@pytest.mark.parametrize(("numbers", "measured"), MEASURED.values(), ids=MEASURED.keys())
def test_the_scratch_memory_is_what_llama_cpp_reserves_or_a_little_more(
    numbers: dict[str, int], measured: dict[int, float]
) -> None:
    shape = ModelShape(
        "qwen2", "", 1, (0,), 0, 0, numbers["embedding"], numbers["heads"], numbers["vocabulary"], 0, 15, None
    )

    for context, mib in measured.items():
        assert mib <= ModelNeeds.of(shape).scratch(context) / MIB <= mib + 10


needs = st.builds(
    ModelNeeds,
    layer_bytes=st.lists(st.integers(0, GIB), min_size=1, max_size=40).map(tuple),
    output_bytes=st.integers(0, 2 * GIB),
    kv_bytes_per_token=st.integers(0, 1 << 18),
    activation_bytes=st.integers(0, 64 * MIB),
    logits_bytes=st.integers(0, GIB),
    attention_bytes_per_token=st.integers(0, 1 << 16),
    longest_context=st.sampled_from([0, 512, 8192]),
)
devices = st.lists(st.builds(DeviceMemory, st.just("GPU"), st.integers(0, 24 * GIB)), max_size=3)
contexts = st.integers(256, 16384)
free = st.none() | st.integers(0, 32 * GIB)


@given(needs, contexts, devices, free)
def test_a_plan_never_exceeds_what_is_there(
    needs: ModelNeeds, context: int, devices: list[DeviceMemory], free: int | None
) -> None:
    plan = plan_offload(needs, context, devices, free)

    assert 0 <= plan.gpu_layers <= plan.total_layers
    assert plan.device_bytes <= sum(device.free_bytes for device in devices)
    assert 0 < plan.context <= context
    assert plan.fits == (free is None or plan.host_bytes <= free)
    assert plan.context >= min(context, SMALLEST_CONTEXT, needs.longest_context or context)


@given(needs, contexts, devices.filter(bool), st.integers(0, 8 * GIB))
def test_more_gpu_memory_never_means_fewer_layers(
    needs: ModelNeeds, context: int, devices: list[DeviceMemory], more: int
) -> None:
    larger = [DeviceMemory(device.name, device.free_bytes + more) for device in devices]

    assert plan_offload(needs, context, larger).gpu_layers >= plan_offload(needs, context, devices).gpu_layers


@given(needs, contexts, devices)
def test_what_lies_on_gpu_and_in_main_memory_is_at_least_the_model(
    needs: ModelNeeds, context: int, devices: list[DeviceMemory]
) -> None:
    plan = plan_offload(needs, context, devices)

    assert plan.device_bytes + plan.host_bytes >= needs.total_bytes(plan.context)
