"""What can go wrong with an endpoint, told apart by what is to be done about it. No message quotes a reply."""

from __future__ import annotations

import email.utils
import math
import ssl
from datetime import UTC, datetime
from typing import Final

import httpx

from index.errors import EngineError, NetworkError

_LONGEST_ASKED_S: Final = 86_400.0


class Unreachable(NetworkError):
    """No connection, or nothing came in time: worth asking again, here or elsewhere."""


class Busy(NetworkError):
    """The endpoint says that it can't answer now.

    Attributes:
        retry_after_s: How long it asks to be left alone; None where it doesn't say.
    """

    def __init__(self, message: str, remedy: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after_s = retry_after_s


class Untrusted(NetworkError):
    """Its certificate is not what it should be: not asked again until somebody has looked."""


class BrokenOff(NetworkError):
    """The link died, or went silent, in the middle of a reply."""


class Rejected(EngineError):
    """The endpoint won't answer this, or what it sends is no chat completion: asking again is of no use."""


def from_status(name: str, response: httpx.Response, now: datetime) -> NetworkError | EngineError | None:
    """What a response's status means; None where it is a stream of a chat completion."""
    status = response.status_code
    if status in (401, 403):
        return Rejected(f"The endpoint {name} refused the key.", "Check its api_key_env or api_key_keyring.")
    if status == 404:
        return Rejected(f"The endpoint {name} does not know the model.", "Check its base_url and model.")
    if status in (408, 425, 429) or status >= 500:
        return Busy(
            f"The endpoint {name} is busy or has a fault (status {status}).",
            "Ask again later.",
            retry_after(response.headers.get("retry-after"), now),
        )
    if status != 200:
        return Rejected(f"The endpoint {name} answered with status {status}.", "Look at its log.")
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        return Rejected(
            f"The endpoint {name} does not stream chat completions.",
            "Check its base_url; a network that wants a log-in first answers like this too.",
        )
    return None


def from_transport(name: str, error: Exception) -> NetworkError:
    """What a failure to connect or to read means, before the first word."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Untrusted(
                f"The certificate of the endpoint {name} can't be trusted.",
                "It may have expired, or be another than ca_file or pins say. Nothing was sent.",
            )
        cause = cause.__cause__ or cause.__context__
    return Unreachable(
        f"The endpoint {name} can't be reached ({type(error).__name__}).", "Check the network and its base_url."
    )


def silent(name: str) -> Unreachable:
    """Nothing came in time."""
    return Unreachable(f"The endpoint {name} did not answer in time.", "Ask again later.")


def broken_off(name: str) -> BrokenOff:
    """It ended in the middle."""
    return BrokenOff(f"The endpoint {name} broke off in the middle of its answer.", "Ask again.")


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3); None where it can't be read.

    At most a day, so that a wrong one shuts nobody out for good.
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_ASKED_S) if math.isfinite(seconds) else None
