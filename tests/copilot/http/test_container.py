"""The health check of the container, against a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.copilot.http.conftest import Running

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("alive", [True, False])
def test_the_health_check_tells_a_living_endpoint_from_a_dead_one(no_model: Running, alive: bool) -> None:
    port = no_model.url.rpartition(":")[2] if alive else "9"

    done = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "healthcheck.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "EDGE_COPILOT_SERVE__PORT": port},
        check=False,
    )

    assert done.returncode == (0 if alive else 1)
