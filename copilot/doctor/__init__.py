"""The doctor: what this device can do, what is wrong with it, and what to do about it."""

from copilot.doctor.examination import examine
from copilot.doctor.findings import Finding, Status, worst

__all__ = ["Finding", "Status", "examine", "worst"]
