"""How fast an alarm is on the panel's screen with its advice, and whether the panel grows over many questions.

    python -m bench.panel [--alarms 100] [--questions 200]

A real server over the example manuals, a broker, and Debian's Chromium. The alarm's time is taken just before it is
published, the screen's by the browser when meaning and steps are part of the page; both clocks are this machine's.
Needs what `scripts/draw_panel.py` needs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from paho.mqtt.client import CallbackAPIVersion, Client
from playwright.sync_api import Page, sync_playwright

from scripts.draw_panel import CHROMIUM, COPILOT, NAMED, ROOT, SIGNALS, broker, models, server

WATCH = """() => {
  const root = document.querySelector("edge-copilot").shadowRoot;
  window.seen = 0;
  new MutationObserver(() => {
    if (!window.seen && root.querySelector(".alarm[data-active=true] .steps li")) {
      requestAnimationFrame(() => { window.seen ||= performance.timeOrigin + performance.now(); });
    }
  }).observe(root, { subtree: true, childList: true, attributes: true });
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--alarms", type=int, default=100)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, broker(Path(folder)) as port:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "models").symlink_to(models())
        signals = SIGNALS.format(port=port) + "".join(
            f'\n[[signal]]\nname = "{name}"\ntitle = "{title}"\nsource = "plc"\ntopic = "tx200/{name}"\n{more}\n'
            for name, title, more in NAMED
        )
        (data / "signals.toml").write_text(signals, encoding="utf-8")
        environment = {**os.environ, "EDGE_COPILOT_DATA_DIR": str(data)}
        ingest = [COPILOT, "ingest", ROOT / "examples" / "manuals", "--collection", "halden"]
        subprocess.run(ingest, check=True, env=environment)
        with server(environment) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--no-proxy-server"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{url}/?view=alarms")
            alarms(page, port, options.alarms)
            questions(page, options.questions)
            browser.close()


def come(page: Page, script: str) -> None:
    """Wait until ``script`` is true."""
    while not page.evaluate(script):
        time.sleep(0.02)


def alarms(page: Page, port: int, count: int) -> None:
    """From an alarm's being published to its advice on the screen."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    took_ms = []
    for number in range(count + 1):
        client.publish("tx200/fault", "0", qos=1).wait_for_publish()
        come(page, "!document.querySelector('edge-copilot').shadowRoot.querySelector('.alarm[data-active=true]')")
        time.sleep(0.3)
        page.evaluate(WATCH)
        begun = time.time()
        client.publish("tx200/fault", str((12, 21, 24, 2)[number % 4]), qos=1)
        come(page, "window.seen > 0")
        if number:  # the first one opens what the others find open
            took_ms.append(page.evaluate("window.seen") - begun * 1000)
    client.loop_stop()
    p50, p95, most = np.percentile(took_ms, [50, 95, 100])
    print(f"alarm to advice on the screen: p50 {p50:.0f} ms, p95 {p95:.0f} ms, most {most:.0f} ms, of {len(took_ms)}")


def questions(page: Page, count: int) -> None:
    """What many questions leave behind in the page."""
    session = page.context.new_cdp_session(page)
    for number in range(count + 1):
        page.evaluate("document.querySelector('edge-copilot').ask('what does F0012 mean?')")
        if number in (count // 4, count // 2, count):
            session.send("HeapProfiler.collectGarbage")
            heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
            counters = session.send("Memory.getDOMCounters")
            print(
                f"after {number} questions: {heap:.1f} MiB of script heap, {counters['nodes']} nodes, "
                f"{counters['jsEventListeners']} listeners"
            )


if __name__ == "__main__":
    main()
