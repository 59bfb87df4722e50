"""Where an endpoint's key comes from: the environment or the system's keyring; never a file, never a log."""

from __future__ import annotations

import os
from collections.abc import Callable

from copilot.engines.chat_completions import check_key
from index.errors import UsageError

SERVICE = "edge-copilot"


def key_source(name: str, variable: str | None, entry: str | None) -> Callable[[], str | None]:
    """What gives the key of the endpoint ``name`` each time that one is needed.

    Args:
        variable: Environment variable that holds it.
        entry: Name under which the system's keyring holds it.
    """

    def read() -> str | None:
        if variable is not None:
            key = os.environ.get(variable, "")
            if not key:
                raise UsageError(
                    f"The key of the endpoint {name} should stand in the environment variable {variable}, "
                    "which is not set.",
                    f"Set {variable} to the key, then try again.",
                )
        elif entry is not None:
            key = _from_keyring(name, entry)
        else:
            return None
        check_key(key, f"the key of the endpoint {name}")
        return key

    return read


def _from_keyring(name: str, entry: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise UsageError(
            f"The key of the endpoint {name} should come from the system's keyring, which can't be read.",
            "Install the extra: pip install 'edge-copilot[keyring]', or use api_key_env.",
        ) from error
    try:
        key = keyring.get_password(SERVICE, entry)
    except KeyringError as error:
        raise UsageError(
            f"The system's keyring does not give the key of the endpoint {name}.", "Unlock it, or use api_key_env."
        ) from error
    if not key:
        raise UsageError(
            f"The system's keyring holds no key {entry} for the endpoint {name}.",
            f"Put it there: keyring set {SERVICE} {entry}",
        )
    return str(key)
