"""Builders of small real documents."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.documents import Block
from index.loaders import LoadLimits, load


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def writer(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return writer


@pytest.fixture
def blocks_of(write: Callable[[str, str | bytes], Path]) -> Callable[..., list[Block]]:
    def blocks(name: str, content: str | bytes, limits: LoadLimits | None = None) -> list[Block]:
        return list(load(write(name, content), limits).blocks)

    return blocks


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[str, Sequence[tuple[str, str | bytes]]], Path]:
    def writer(name: str, members: Sequence[tuple[str, str | bytes]]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members:
                archive.writestr(member, content)
        return path

    return writer
