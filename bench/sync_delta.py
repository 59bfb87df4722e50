"""What an update costs on the line: 1% of the sections of 10,000 documents change.

    python -m bench.sync_delta [--documents 10000] [--changed 0.01] [--folder DOCUMENTS]

The update is really made: built on a device that has the older generation, checked, switched to. Beside it, in the same
run: a full copy of the new generation, the changed sections alone compressed as one stream, `rsync -z` between the
device's index before and after, and that index as a whole. Not counted are the signed metadata (about 6 KB) and the
headers of HTTP, which all of these have.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import zstandard

from bench.sync_collection import Publisher, Writer, device, some, table, update
from sync.device.generations import Generations
from sync.format import apply_delta, digest_of, make_delta, pack_manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--changed", type=float, default=0.01, help="share of the sections")
    parser.add_argument("--folder", type=Path, default=Path("examples/manuals"), help="whose sentences are used")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(run(Path(temporary), asked.documents, asked.changed, asked.folder))


def run(folder: Path, documents: int, share: float, source: Path) -> str:
    publisher = Publisher(Writer(source), documents)
    packs = publisher.packs
    began = perf_counter()
    old = publisher.publish(lambda document, number: 0)
    print(f"published in {perf_counter() - began:.0f} s", file=sys.stderr)
    before, after = folder / "before.db", folder / "after.db"
    with device(folder / "device") as store:
        generations = Generations(store, folder / "files")
        began = perf_counter()
        generations.switch(update(generations, old, packs))
        first_s = perf_counter() - began
        store.checkpoint()
        shutil.copy(store.path, before)

        new = publisher.publish(some(share, documents))
        packs.fetched_bytes = 0
        began = perf_counter()
        checked = update(generations, new, packs)
        update_s = perf_counter() - began
        switched = generations.switch(checked)
        generations.collect(keep=0)
        store.checkpoint()
        shutil.copy(store.path, after)
        assert store.check() == []

    delta = make_delta(old.manifest_bytes, new.manifest_bytes)
    assert apply_delta(old.manifest_bytes, delta, digest_of(new.manifest_bytes)) == new.manifest_bytes
    publication = len(new.publication.encode())
    fetched = publication + len(delta) + packs.new_bytes
    assert packs.fetched_bytes <= packs.new_bytes  # every frame that was fetched lies in the new pack
    full = publication + len(pack_manifest(new.manifest_bytes)) + len(publisher.dictionary or b"")
    full += sum(entry.size + entry.index_size for entry in new.manifest.packs) - packs.new_bytes
    content = len(zstandard.ZstdCompressor(level=19).compress(b"".join(new.changed)))
    rsync = rsync_bytes(before, after)
    whole = after.stat().st_size
    rows = [
        ("", "bytes", "of a full copy", "of the changed content"),
        *(
            (name, f"{size:,}", f"{size / full:.1%}", f"{size / content:.2f}×")
            for name, size in (
                ("this update", fetched),
                ("changed sections alone, one zstd -19 stream", content),
                ("full copy of the new generation", full),
                ("rsync -z of the index", rsync),
                ("the index as a file", whole),
                ("the index as a file, zstd -3", zstd_bytes(after)),
            )
        ),
    ]
    parts = f"publication {publication:,}, manifest patch {len(delta):,}, pack and index {packs.new_bytes:,}"
    return (
        f"{documents:,} documents, {documents * 10:,} chunks; {len(new.changed):,} sections in {switched.changed:,}"
        f" documents changed. Of the update: {parts}. First build {first_s:.0f} s, update {update_s:.1f} s.\n\n"
        f"{table(rows)}"
    )


def rsync_bytes(before: Path, after: Path) -> int:
    """Bytes in both directions that rsync says it needed; as between machines, not by copying the whole file."""
    done = subprocess.run(
        ["rsync", "-z", "--no-whole-file", "--stats", str(after), str(before)],
        check=True,
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )
    counts = re.findall(r"Total bytes (?:sent|received): ([\d,]+)", done.stdout)
    assert len(counts) == 2
    return sum(int(count.replace(",", "")) for count in counts)


def zstd_bytes(path: Path) -> int:
    size = 0
    compressor = zstandard.ZstdCompressor(level=3)
    with path.open("rb") as file:
        for block in compressor.read_to_iter(file):
            size += len(block)
    return size


if __name__ == "__main__":
    main()
