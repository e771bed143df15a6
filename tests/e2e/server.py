"""A Prefect server process that keeps its database and its port when it is stopped and started again."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from promontory.cli.prefect_server import free_port
from tests.e2e.processes import PATIENCE, Process, eventually


class PrefectServer:
    def __init__(self, environment: Mapping[str, str], directory: Path) -> None:
        self._environment, self._directory = environment, directory
        self._port, self._starts = free_port(), 0
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api"

    def start(self) -> None:
        self._starts += 1
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self._port)]
        environment = {**self._environment, "PREFECT_API_URL": self.api, "PREFECT_UI_API_URL": "/api"}
        self._process = process = Process(command, environment, self._directory, f"server-{self._starts}")
        eventually(self._answers, "the Prefect server", lambda: process.said, PATIENCE * 2)

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.api}/health", timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False
