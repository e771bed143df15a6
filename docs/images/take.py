"""Take the pictures of the README and its chapters, from a demo that is running.

    promontory demo                                             # answer y, and leave it running
    .venv/bin/python docs/images/take.py http://127.0.0.1:PORT  # the address that it prints

It needs Chromium, and the checkout that the demo was started in. One more run is started, which waits for its approval.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
COLUMNS = 118
SIDEBAR, WIDTH = 256, 1050
FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"


def main(address: str, repository: str = ".demo/gitops.git") -> None:
    waiting = start_one_more(address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        timeline(browser, f"{address}/runs/flow-run/{run_called(address, 'web-app v1.3.0 to all')}", "run.png")
        timeline(browser, f"{address}/runs/flow-run/{run_called(address, 'web-app v1.4.0 to all')}", "reverted.png")
        form(browser, f"{address}/runs/flow-run/{waiting}", "approval.png")
        browser.close()
    terminal(["explain", "web-app", "production"], repository, "explain.svg")


def run_called(address: str, name: str) -> str:
    wanted = {"flow_runs": {"name": {"any_": [name]}}}
    return str(httpx.post(f"{address}/api/flow_runs/filter", json=wanted).raise_for_status().json()[0]["id"])


def start_one_more(address: str) -> str:
    """A deployed run that is suspended until somebody approves it."""
    deployment = httpx.get(f"{address}/api/deployments/name/promote/promote").raise_for_status().json()["id"]
    asked = {"application": "web-app", "release": "v1.5.0", "to": "production", "requested_by": "ci"}
    answer = httpx.post(f"{address}/api/deployments/{deployment}/create_flow_run", json={"parameters": asked})
    run = str(answer.raise_for_status().json()["id"])
    while httpx.get(f"{address}/api/flow_runs/{run}").raise_for_status().json()["state"]["type"] != "PAUSED":
        time.sleep(1)
    return run


def opened(browser: Browser, url: str, width: int, height: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark")
    page.goto(url)
    page.get_by_text("Task runs").first.wait_for()
    page.wait_for_timeout(2000)  # the graph draws itself
    return page


def timeline(browser: Browser, url: str, name: str) -> None:
    """The run's head and its tasks, one below the other in the order of time."""
    page = opened(browser, url, SIDEBAR + WIDTH, 900)
    page.add_style_tag(content=".flow-run-graph, .run-graph, .run-graph__stage { height: 500px !important }")
    page.get_by_role("button", name="Run Graph Options").click()
    page.locator("input[value=temporal_waterfall]").check()
    for hidden in ("Hide dependency arrows", "Hide events", "Hide artifacts"):
        page.get_by_text(hidden).click()
    page.locator(".flow-run-graph").click(position={"x": 20, "y": 20})  # closes the options
    page.get_by_title("Recenter graph").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(2000)
    graph = page.locator(".flow-run-graph").bounding_box()
    assert graph
    seen = {"x": SIDEBAR, "y": 0, "width": WIDTH, "height": graph["y"] + graph["height"] + 16}
    page.screenshot(path=HERE / name, clip=seen)  # type: ignore[arg-type]


def form(browser: Browser, url: str, name: str) -> None:
    page = opened(browser, url, 1400, 1100)
    page.get_by_role("button", name="Resume").click()
    dialog = page.locator(".p-modal__card", has_text="Resume Flow Run")
    dialog.get_by_text("Approve").first.wait_for()
    dialog.screenshot(path=HERE / name)


def terminal(arguments: list[str], repository: str, name: str) -> None:
    """What the command writes to a terminal; as SVG, which is small and sharp, and loads nothing from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(on_a_terminal(arguments, repository)))
    drawn = console.export_svg(title=f"promontory {' '.join(arguments)}")
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL).replace("Fira Code", FONT)
    (HERE / name).write_text(drawn)


def on_a_terminal(arguments: list[str], repository: str) -> str:
    primary, secondary = pty.openpty()
    variables = {**os.environ, "PROMONTORY_REPOSITORY": repository, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "promontory.cli", *arguments]
    with subprocess.Popen(command, stdout=secondary, stderr=subprocess.DEVNULL, env=variables):
        os.close(secondary)
        written = b""
        while part := read(primary):
            written += part
    return written.decode().replace("\r\n", "\n")


def read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # its other end is closed
        return b""


if __name__ == "__main__":
    main(*sys.argv[1:])
