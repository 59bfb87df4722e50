"""Sync as the application uses it: its parts from the settings, its rules from the machine, its files into place."""

from copilot.syncing.parts import Syncing

__all__ = ["Syncing"]
