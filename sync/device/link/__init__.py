"""The way to what a hub published: over HTTP, or in a folder on a stick."""

from sync.device.link.base import Answer, LineBroken, Link, Missing, Patience
from sync.device.link.opening import open_link
from sync.device.link.reading import read_small

__all__ = ["Answer", "LineBroken", "Link", "Missing", "Patience", "open_link", "read_small"]
