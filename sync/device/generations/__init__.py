"""Generations on a device: the next one is built beside the live one, checked, switched to, and can be gone back from.

They live in the one index file (`index.store.generations`), so that what is equal is stored once and a switch is one
transaction. Of the order of calls::

    generation_id = generations.stage(publication, release, manifest, source)
    checked = generations.check(generation_id, manifest, publication.canaries)
    generations.switch(checked, publication.access)
    generations.collect()
"""

from __future__ import annotations

from index.store.generations import Generation, Switched
from sync.device.generations.base import Building, ObjectSource
from sync.device.generations.checking import Checked
from sync.device.generations.generations import Collected, Generations

__all__ = ["Building", "Checked", "Collected", "Generation", "Generations", "ObjectSource", "Switched"]
