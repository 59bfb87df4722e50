from __future__ import annotations

import pytest

from index.embedding.providers import CPU, physical_cores, preferred


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        pytest.param(["AzureExecutionProvider", CPU], [CPU], id="a provider that calls the cloud is never used"),
        pytest.param([CPU, "CUDAExecutionProvider"], ["CUDAExecutionProvider", CPU], id="a gpu goes before the cpu"),
        pytest.param(["TensorrtExecutionProvider", CPU], [CPU], id="no engine is compiled for minutes"),
        pytest.param(
            ["OpenVINOExecutionProvider", "QNNExecutionProvider", CPU],
            ["QNNExecutionProvider", "OpenVINOExecutionProvider", CPU],
            id="several are tried in turn",
        ),
        pytest.param([], [CPU], id="the cpu is always tried"),
    ],
)
def test_providers_are_tried_from_the_fastest_to_the_cpu(available: list[str], expected: list[str]) -> None:
    assert preferred(available) == expected


def test_there_is_at_least_one_core() -> None:
    assert physical_cores() >= 1
