"""Our TUF client behind the command line that theupdateframework/tuf-conformance asks for.

    git clone https://github.com/theupdateframework/tuf-conformance && cd tuf-conformance
    PYTHONPATH=/path/to/edge-copilot pytest tuf_conformance --entrypoint "python -m bench.tuf_conformance_client"

What the suite looks at is the folder of metadata that a client believes: ours is copied to where it wants to see it.
Its tests of expiry run the client under the program `faketime`; where that is missing, a script of that name will do
that puts its first argument into CONFORMANCE_NOW and runs the rest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from index.errors import EdgeCopilotError, TrustError
from sync.device.link import Patience
from sync.device.link.http import HttpLink
from sync.format.limits import PUBLICATION
from sync.trust.client import TrustedRepository
from sync.trust.clock import trusted_time


def main() -> int:
    options = argparse.ArgumentParser()
    for name in ("--metadata-dir", "--metadata-url", "--target-dir", "--target-base-url"):
        options.add_argument(name)
    options.add_argument("--target-name", action="append", default=[])
    commands = options.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root", type=Path)
    commands.add_parser("refresh")
    commands.add_parser("download")
    given = options.parse_args()
    shown = Path(given.metadata_dir)
    ours = shown.parent / "edge-copilot"
    if given.command == "init":
        ours.mkdir()
        shutil.copyfile(given.root, ours / "pinned.json")
        shutil.copyfile(given.root, shown / "root.json")
        return 0
    named = os.environ.get("CONFORMANCE_NOW")
    now = datetime.fromisoformat(named) if named else datetime.now(UTC)
    now = now if now.tzinfo else now.replace(tzinfo=UTC)
    link = HttpLink(given.metadata_url.rstrip("/").removesuffix("/metadata"))
    repository = TrustedRepository(ours, (ours / "pinned.json").read_bytes(), trusted_time(now, None))
    try:
        with repository.verified(link, Patience(fruitless=1)) as found:
            for name in given.target_name:
                place = Path(given.target_dir) / quote(name, safe="")
                before = place.read_bytes() if place.is_file() else b""
                content = found.target(name, PUBLICATION, before)
                if content is None:
                    raise TrustError(f"Nobody signs {name}.")
                if content != before:
                    place.write_bytes(content)
    except EdgeCopilotError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        for place in (ours / "metadata").glob("*.json"):
            shutil.copyfile(place, shown / place.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
