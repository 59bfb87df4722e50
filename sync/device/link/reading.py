"""Small files, read whole into memory."""

from __future__ import annotations

from index.errors import PackError
from sync.device.link.base import LineBroken, Link, Patience


def read_small(link: Link, path: str, limit: int, patience: Patience) -> bytes:
    """Return a whole file, taken up again where the line broke.

    Args:
        link: The way to the hub.
        path: Relative to ``public/``.
        limit: Most bytes that it may have. What is longer is cut off there and refused.
        patience: When to give up.

    Raises:
        Missing: There is no such file.
        PackError: It is longer than ``limit``.
        NetworkError: The hub can't be reached.
    """
    have = bytearray()
    validator: str | None = None
    fruitless = 0
    while True:
        before = len(have)
        try:
            with link.ask(path, before if validator else 0, None, validator) as answer:
                if answer.total is not None and answer.total > limit:
                    raise _too_long(path, answer.total, limit)
                validator = answer.validator
                if answer.start > len(have) or (answer.total is not None and answer.total < answer.start):
                    validator = None
                    raise LineBroken(f"{link.address} answers with another part of {path} than was asked for.")
                del have[answer.start :]
                for block in answer.blocks:
                    have += block
                    if len(have) > limit:
                        raise _too_long(path, None, limit)
                if answer.total is None or len(have) >= answer.total:
                    return bytes(have)
        except LineBroken as error:
            fault = error
        else:
            fault = LineBroken(f"The line to {link.address} breaks again and again.")
        fruitless = 0 if len(have) > before else fruitless + 1
        if fruitless >= patience.fruitless:
            raise fault
        patience.wait(fruitless)


def _too_long(path: str, found: int | None, limit: int) -> PackError:
    has = f"has {found:,} bytes" if found is not None else "does not end"
    return PackError(
        f"{path} {has}; at most {limit:,} are accepted.",
        "Nothing of it was used. Tell whoever keeps the hub, or fetch from another mirror.",
    )
