"""Advice: the procedure that fits an alarm, ready before anybody asks for it, made without a language model."""

from copilot.hmi.advice.adviser import Adviser, Library

__all__ = ["Adviser", "Library"]
