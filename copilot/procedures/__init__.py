"""Guided procedures: found in documents, walked step by step, values checked against the text, kept as records."""

from copilot.procedures.finding import Finder
from copilot.procedures.guide import Guide, Walking
from copilot.procedures.values import Entry, Hazard, Limit, Procedure, Step, StepState, Walk

__all__ = ["Entry", "Finder", "Guide", "Hazard", "Limit", "Procedure", "Step", "StepState", "Walk", "Walking"]
