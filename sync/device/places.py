"""Where a device keeps what concerns sync, below its data directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Paths in ``sync/`` of a data directory.

    Attributes:
        root_dir: ``sync/`` itself.
    """

    root_dir: Path

    @classmethod
    def of(cls, data_dir: Path) -> Places:
        """Of a data directory."""
        return cls(data_dir / "sync")

    @property
    def enrolment(self) -> Path:
        """Who this device is and which hub it belongs to."""
        return self.root_dir / "device.json"

    @property
    def root_file(self) -> Path:
        """The root of trust that was pinned at enrolment."""
        return self.root_dir / "root.json"

    @property
    def state(self) -> Path:
        """What the last syncs came to."""
        return self.root_dir / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the process that syncs."""
        return self.root_dir / "sync.lock"

    @property
    def trust(self) -> Path:
        """Verified metadata."""
        return self.root_dir / "trust"

    @property
    def publications(self) -> Path:
        """The last verified publication of each collection."""
        return self.root_dir / "publications"

    @property
    def manifests(self) -> Path:
        """Manifests of the generations that are kept: what deltas are applied to."""
        return self.root_dir / "manifests"

    @property
    def partial(self) -> Path:
        """What has arrived of files that are being fetched."""
        return self.root_dir / "partial"

    @property
    def indexes(self) -> Path:
        """Indexes of packs."""
        return self.root_dir / "indexes"

    @property
    def files(self) -> Path:
        """Collections of files: models, prompts, calibration, configuration."""
        return self.root_dir / "files"
