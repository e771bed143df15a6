from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Literal

import pytest

from promontory.errors import TransientError
from promontory.model import Place, SuiteResult
from promontory.options import Target
from promontory.suites.contract import Suite
from promontory.suites.run import run_all

TARGET = Target(Place("web-app", "dev"), "v1.3.0")


class Sleeping(Suite):
    kind: Literal["sleeping"] = "sleeping"
    name: str
    seconds: float = 0.1
    unreachable: bool = False

    @property
    def label(self) -> str:
        return self.name

    async def run(self, target: Target, workdir: Path) -> SuiteResult:
        if self.unreachable:
            raise TransientError("the cluster is unreachable")
        await asyncio.sleep(self.seconds)
        return SuiteResult(name=self.name, passed=True)


def test_suites_run_side_by_side_and_keep_their_order(tmp_path: Path) -> None:
    suites = [Sleeping(name="slow", seconds=0.3), *(Sleeping(name=f"quick-{number}") for number in range(5))]
    started = time.monotonic()

    results = asyncio.run(run_all(suites, TARGET, tmp_path))

    assert [result.name for result in results] == [suite.name for suite in suites]
    assert time.monotonic() - started < 0.7


def test_no_suites_have_no_results(tmp_path: Path) -> None:
    assert asyncio.run(run_all([], TARGET, tmp_path)) == ()


def test_one_that_cannot_be_run_ends_the_others(tmp_path: Path) -> None:
    suites = [Sleeping(name="slow", seconds=60), Sleeping(name="broken", unreachable=True)]

    with pytest.raises(TransientError, match="unreachable"):
        asyncio.run(run_all(suites, TARGET, tmp_path))
