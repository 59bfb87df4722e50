"""The second engine: any OpenAI-compatible chat completions endpoint (llama.cpp's server, vLLM, a gateway).

Source: OpenAI API reference, "Create chat completion", streamed as server-sent events.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx
from httpx_sse import SSEError, aconnect_sse

from copilot.engines.base import EngineInfo, GenerationOptions, GenerationStats, Prompt
from copilot.engines.chat_completions import check_key, count, is_loopback, place_of, read_event, web_address
from index.errors import EngineError, NetworkError

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 120.0
"""A slow device needs long for its first token."""


class OpenAIEngine:
    """Asks an endpoint for each reply.

    Args:
        base_url: Up to and including ``/v1``.
        model: Name that the endpoint knows the model by.
        family: Prompt family.
        api_key: Sent as a bearer token; never logged, never part of an error.
        context_tokens: What the endpoint's model can take.
        timeout_s: Longest wait for the next word.

    Raises:
        UsageError: Address or key can't be used.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        family: str = "default",
        api_key: str | None = None,
        context_tokens: int = 4096,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        url = web_address(base_url, "engine.base_url")
        check_key(api_key, "the variable that engine.api_key_env names")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(
            base_url=str(url).rstrip("/") + "/",
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            # A proxy of the environment must not see what is meant for this machine itself.
            trust_env=not is_loopback(url.host),
        )
        self._info = EngineInfo(model, family, "", place_of(url), context_tokens)
        self._stats: GenerationStats | None = None

    @property
    def info(self) -> EngineInfo:
        """See `ChatEngine.info`."""
        return self._info

    @property
    def last_stats(self) -> GenerationStats | None:
        """See `ChatEngine.last_stats`."""
        return self._stats

    async def stream(self, prompt: Prompt, options: GenerationOptions) -> AsyncGenerator[str, None]:
        """See `ChatEngine.stream`."""
        messages = [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.context + prompt.question},
        ]
        if prompt.reply:
            messages.append({"role": "assistant", "content": prompt.reply})
        body: dict[str, Any] = {
            "model": self._info.model,
            "messages": messages,
            "max_tokens": options.max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if options.stop:
            body["stop"] = list(options.stop)
        pieces = 0
        usage: Mapping[str, Any] = {}
        finished = False
        try:
            async with aconnect_sse(self._client, "POST", "chat/completions", json=body) as source:
                await self._check(source.response)
                async for event in source.aiter_sse():
                    if event.data == "[DONE]":
                        finished = True
                        break
                    delta = read_event(event.data)
                    usage = delta.usage or usage
                    finished = finished or delta.finished
                    if delta.text:
                        pieces += 1
                        yield delta.text
        except httpx.TimeoutException as error:
            raise NetworkError(
                f"{self._info.where} did not answer in time.", "Try again, or set engine.kind to llama."
            ) from error
        except (httpx.HTTPError, SSEError) as error:
            if pieces:
                raise self._broken_off() from error
            raise NetworkError(
                f"{self._info.where} can't be reached ({type(error).__name__}).",
                "Check engine.base_url and that the server runs.",
            ) from error
        if not finished:
            raise self._broken_off()
        self._stats = GenerationStats(
            count(usage, "prompt_tokens"),
            count(usage.get("prompt_tokens_details"), "cached_tokens"),
            count(usage, "completion_tokens") or pieces,
        )

    def _broken_off(self) -> NetworkError:
        return NetworkError(f"{self._info.where} broke off in the middle of the answer.", "Ask again.")

    async def _check(self, response: httpx.Response) -> None:
        if response.status_code in (401, 403):
            raise EngineError(
                f"{self._info.where} refused the key.", "Put the right one into the variable of engine.api_key_env."
            )
        if response.status_code == 404:
            raise EngineError(
                f"{self._info.where} knows no model {self._info.model}.", "Check engine.base_url and engine.model_name."
            )
        if response.status_code != 200:
            raise EngineError(f"{self._info.where} answered with status {response.status_code}.", "Look at its log.")
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            raise EngineError(f"{self._info.where} does not stream chat completions.", "Check engine.base_url.")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
