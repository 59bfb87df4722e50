"""Sparkplug B (Eclipse Sparkplug 3.0): payloads in Protocol Buffers, with births, deaths and aliases."""

from copilot.hmi.sources.sparkplug.host import Host, Seen
from copilot.hmi.sources.sparkplug.payload import Metric, Payload, Unreadable, parse

__all__ = ["Host", "Metric", "Payload", "Seen", "Unreadable", "parse"]
