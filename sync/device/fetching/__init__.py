"""Fetching what is named by its digest: resumed at any byte, never more than was said, checked before it is used."""

from sync.device.fetching.fetcher import Fetcher, Progress, Stage
from sync.device.fetching.packs import Needs, PackSource
from sync.device.fetching.sparse import SparseFile

__all__ = ["Fetcher", "Needs", "PackSource", "Progress", "SparseFile", "Stage"]
