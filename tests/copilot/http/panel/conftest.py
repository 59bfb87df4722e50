"""A real Chromium before a real server; and a model that writes what a test has it write, when it has it written."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from copilot.http.app import build_app
from copilot.http.serving import listen, server
from copilot.settings import Settings

CHROMIUM: Final = "/usr/bin/chromium"
PATIENCE_MS: Final = 30_000
SIZES: Final = {"narrow": (320, 480), "hmi": (800, 480), "phone": (390, 780), "desk": (1280, 800), "wide": (1920, 1080)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which reaches nothing but this machine.

    Closed with each module: while it is open, no other event loop can run in this thread.
    """
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is not there; python scripts/system_packages.py says what tests need")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--no-proxy-server",
                "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ],
        )
        yield chromium
        chromium.close()


@dataclass
class Watch:
    """What a page did that it should not have done."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def on_console(self, message: ConsoleMessage) -> None:
        # That an address can't be reached, or answers with a problem, is what some tests are about.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def foreign(self) -> list[str]:
        own = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:http://127.0.0.1:")
        return [url for url in self.requests if not url.startswith(own)]


Open = Callable[..., "Panel"]


@pytest.fixture
def open_panel(browser: Browser) -> Iterator[Open]:
    """Open the page: ``open_panel(url, size="hmi", query="lang=de")``.

    In the end nothing was fetched from elsewhere, no policy was broken and no error was thrown, in any test.
    """
    watch = Watch()
    with ExitStack() as stack:

        def open_it(url: str, *, size: str = "desk", query: str = "", path: str = "/", **options: Any) -> Panel:
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, **({"locale": "en-GB"} | options)
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.on("request", watch.on_request)
            page.on("console", watch.on_console)
            page.on("pageerror", lambda error: watch.errors.append(str(error)))
            page.goto(f"{url}{path}{'?' if query else ''}{query}")
            return Panel(page, watch)

        yield open_it
    assert watch.foreign() == []
    assert watch.errors == []


@dataclass
class Panel:
    """The panel as a person sees it. Playwright looks into shadow trees by itself."""

    page: Page
    watch: Watch

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox").first

    @property
    def turn(self) -> Locator:
        return self.page.locator(".turn").last

    @property
    def answer(self) -> Locator:
        return self.turn.locator(".answer")

    def ask(self, question: str) -> None:
        """Type a question and send it."""
        self.box.fill(question)
        self.box.press("Enter")

    def has_answered(self, *, within_ms: int = PATIENCE_MS) -> None:
        """Wait for the end of the newest answer."""
        expect(self.turn).to_have_attribute("data-state", "done", timeout=within_ms)

    def comes(self, script: str) -> None:
        """Wait until ``script`` is true. Playwright's own way to wait for it evaluates text, as the policy forbids."""
        until = monotonic() + PATIENCE_MS / 1000
        while not self.page.evaluate(script):
            assert monotonic() < until, f"this did not come: {script}"
            self.page.wait_for_timeout(20)

    def go(self, view: str) -> None:
        self.page.locator(f"[data-view={view}]").click()

    def call(self, script: str, argument: object = None) -> Any:
        """Run ``script``, a function of the element and an argument, in the page."""
        return self.page.evaluate(
            f"(argument) => ({script})(document.querySelector('edge-copilot'), argument)", argument
        )


@dataclass
class Scribe:
    """A model behind an OpenAI-compatible interface, which writes ``words`` and waits before each until it may go on.

    Attributes:
        words: What it writes next.
        most: So many of them at once; then it waits for `go_on`. None: all.
        left: How many of those who asked went away while it wrote.
    """

    words: list[str] = field(default_factory=list)
    most: int | None = None
    url: str = ""
    asked: int = 0
    left: int = 0
    may: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)

    def writes(self, text: str, *, pausing_after: int | None = None) -> None:
        """From now on it writes ``text``, and stops after some words until `go_on`."""
        self.words = [word + " " for word in text.split(" ")]
        self.most = pausing_after
        self.may.clear()

    def go_on(self) -> None:
        """Write the rest."""
        self.may.set()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/models", lambda _: Response('{"data": [{"id": "scribe"}]}')),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
            ]
        )

    async def _chat(self, request: HttpRequest) -> Response:
        await request.body()
        self.asked += 1
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[bytes]:
        try:
            for number, word in enumerate(self.words):
                while self.most is not None and number >= self.most and not self.may.is_set():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)  # the test sets it from another thread
                yield _event({"content": word})
            yield _event({}, "stop")
            yield b"data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.left += 1
            self.gone.set()
            raise


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"


@pytest.fixture
def scribe() -> Iterator[Scribe]:
    """The model that a test dictates to."""
    scribe = Scribe()
    with served(scribe.app()) as url:
        scribe.url = f"{url}/v1"
        yield scribe
        scribe.go_on()


@pytest.fixture
def written(serve, scribe: Scribe) -> str:
    """Address of a server whose model is the scribe."""
    return serve(
        use_model=True,
        **{"engine.kind": "openai", "engine.base_url": scribe.url, "engine.model_name": "scribe"},
    ).url


@contextmanager
def served(app: Any) -> Iterator[str]:
    with listen("127.0.0.1", 0) as listening:
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        serving = uvicorn.Server(config)
        thread = threading.Thread(target=serving.run, args=([listening],), daemon=True)
        thread.start()
        while not serving.started:
            assert thread.is_alive()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            serving.should_exit = True
            thread.join(30)


@pytest.fixture
def pages() -> Iterator[Callable[[list[str]], str]]:
    """Serve a page of somebody else's, on an origin of its own: ``pages(html)`` is its address.

    It is the last of ``html`` when it is fetched, because a page may have to name a server that names it.
    """
    with ExitStack() as stack:

        def serve_page(html: list[str]) -> str:
            page = Starlette(routes=[Route("/", lambda _: Response(html[-1], media_type="text/html"))])
            return stack.enter_context(served(page))

        yield serve_page


@dataclass
class Switch:
    """A server that can be stopped and started again on the same port."""

    settings: Settings
    use_model: bool = False
    port: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._stack.enter_context(self._running())

    def stop(self) -> None:
        self._stack.close()

    @contextmanager
    def _running(self) -> Iterator[None]:
        serving = server(build_app(self.settings, use_model=self.use_model), self.settings)
        with listen("127.0.0.1", self.port) as listening:
            self.port = listening.getsockname()[1]
            thread = threading.Thread(target=serving.run, args=([listening],), daemon=True)
            thread.start()
            while not serving.started:
                assert thread.is_alive()
            try:
                yield
            finally:
                serving.should_exit = True
                thread.join(30)


@pytest.fixture
def switch(indexed: Path) -> Iterator[Switch]:
    """A server that has been started, and can be stopped."""
    switch = Switch(Settings.load(overrides={"serve.shutdown_s": 1}))
    switch.start()
    yield switch
    switch.stop()


@pytest.fixture
def written_switch(indexed: Path, scribe: Scribe) -> Iterator[Switch]:
    """The same, and its model is the scribe."""
    model = {"engine.kind": "openai", "engine.base_url": scribe.url, "engine.model_name": "scribe"}
    switch = Switch(Settings.load(overrides={"serve.shutdown_s": 1, **model}), use_model=True)
    switch.start()
    yield switch
    switch.stop()


@pytest.fixture
def shown(no_model, open_panel: Open) -> Callable[..., Panel]:
    """Open a panel and bring it into a state: ``shown("answered", size="hmi")``."""
    from tests.copilot.http.panel.states import STATES

    def bring(state: str, **options: Any) -> Panel:
        panel = open_panel(no_model.url, **options)
        STATES[state](panel)
        return panel

    return bring
