"""The prefix store: KV of passages that were read once, kept on disk under a budget."""

from copilot.prefixes.store import DiskPrefixStore, PrefixStats

__all__ = ["DiskPrefixStore", "PrefixStats"]
