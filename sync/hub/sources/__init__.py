"""Where a hub's documents come from, each kind of place behind one Protocol, mirrored onto the hub's disk."""

from __future__ import annotations

import logging

from sync.hub.sources.base import Source
from sync.hub.sources.factory import guess_type, open_source
from sync.hub.sources.mirror import Mirror, Problem, Refreshed

__all__ = ["Mirror", "Problem", "Refreshed", "Source", "guess_type", "open_source"]

# Each retry is logged; where nobody has set up logging, Python would print it between the lines for people.
logging.getLogger("stamina").addHandler(logging.NullHandler())
