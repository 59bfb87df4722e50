"""What crosses between hub and devices, as bytes: docs/sync-format.md in code, without files or network.

Whatever is wrong with the bytes, reading them raises `index.errors.PackError` and nothing else.
"""

from __future__ import annotations

from sync.format.limits import checked, digest_of
from sync.format.manifest import (
    DocumentEntry,
    Manifest,
    PackEntry,
    apply_delta,
    decode_manifest,
    encode_manifest,
    make_delta,
    pack_manifest,
    unpack_manifest,
)
from sync.format.objects import (
    ChunkObject,
    DocumentObject,
    FileRef,
    SectionObject,
    SectionRef,
    decode_document,
    decode_section,
    encode_document,
    encode_section,
    pieces_of,
    safe_name,
)
from sync.format.packs import Frame, PackBuilder, PackIndex, unpack_object
from sync.format.publication import (
    Canary,
    Cohort,
    DeltaRef,
    Gates,
    ManifestRef,
    Publication,
    Release,
    Rollout,
    utc,
)
from sync.format.zstd import Codec, train

__all__ = [
    "Canary",
    "ChunkObject",
    "Codec",
    "Cohort",
    "DeltaRef",
    "DocumentEntry",
    "DocumentObject",
    "FileRef",
    "Frame",
    "Gates",
    "Manifest",
    "ManifestRef",
    "PackBuilder",
    "PackEntry",
    "PackIndex",
    "Publication",
    "Release",
    "Rollout",
    "SectionObject",
    "SectionRef",
    "apply_delta",
    "checked",
    "decode_document",
    "decode_manifest",
    "decode_section",
    "digest_of",
    "encode_document",
    "encode_manifest",
    "encode_section",
    "make_delta",
    "pack_manifest",
    "pieces_of",
    "safe_name",
    "train",
    "unpack_manifest",
    "unpack_object",
    "utc",
]
