"""Files and folders into the index."""

from __future__ import annotations

from index.ingest.ingestor import Ingestor
from index.ingest.report import IngestProgress, IngestReport, Notice, Skipped

__all__ = ["IngestProgress", "IngestReport", "Ingestor", "Notice", "Skipped"]
