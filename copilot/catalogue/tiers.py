"""Which size of chat model a machine can carry."""

from __future__ import annotations

from typing import Final

from copilot.catalogue.schema import ModelEntry, Tier

GIB: Final = 1 << 30

# A machine sold as 4 GB shows 3.6 GiB or so once firmware and graphics have taken theirs. The standard model takes
# 2 GB with its context; the embedder, the index and the operating system want the rest.
_STANDARD_RAM: Final = int(3.5 * GIB)
# One core reads the 1.5 B model at half the speed that two do (measured: 25 tokens/s, 82 of prompt, on two), and a
# passage of 300 tokens would take 8 s before the first word.
_STANDARD_CORES: Final = 2
# What the operating system and the rest of the program keep for themselves.
_SPARED_RAM: Final = 1 * GIB


def choose_tier(ram_bytes: int, cores: int) -> Tier:
    """Return the tier that suits a machine where the settings leave it open.

    Never ``tiny``, whose answers are wrong, nor ``large``, which needs a download from a model hub and is for a
    person to choose.

    Args:
        ram_bytes: Memory that the process may use.
        cores: Physical cores that it may use.
    """
    return "standard" if ram_bytes >= _STANDARD_RAM and cores >= _STANDARD_CORES else "small"


def fits(entry: ModelEntry, ram_bytes: int) -> bool:
    """Return whether a model runs in this machine's memory without driving everything else out."""
    return entry.ram_bytes + min(_SPARED_RAM, ram_bytes // 4) <= ram_bytes
