"""Golden folders: ``before/`` plus ``case.yaml`` must become ``after/``, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from promontory.change import Change
from promontory.strategies import STRATEGIES
from promontory.strategies.contract import Strategy
from tests.strategies.files import DictFiles

GOLDEN = Path(__file__).parent / "golden" / "directory"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.yaml"))


def strategy(options: dict[str, Any]) -> Strategy:
    return STRATEGIES["directory"].model_validate({"kind": "directory", **options})


def applied(files: DictFiles, edits: Change) -> dict[str, bytes]:
    assert all(edit.before == files.read(edit.path) for edit in edits.edits)
    return {**files.contents, **{edit.path: edit.after for edit in edits.edits if edit.after is not None}}


@pytest.mark.parametrize("name", CASES)
def test_before_becomes_after_byte_for_byte(name: str) -> None:
    case = yaml.safe_load((GOLDEN / name / "case.yaml").read_bytes())
    before, after = DictFiles.below(GOLDEN / name / "before"), DictFiles.below(GOLDEN / name / "after")
    directory, sources = strategy(case["options"]), [strategy(options) for options in case.get("sources", ())]

    assert directory.current(before) == case["current"]
    edits = directory.change(before, case["release"], sources)

    assert applied(before, edits) == after.contents
    assert directory.current(after) == case["release"]
    assert directory.change(after, case["release"], sources) == Change()


def test_every_golden_folder_is_a_case() -> None:
    folders = {path.name for path in GOLDEN.iterdir() if path.is_dir()}
    assert folders == set(CASES)
    assert len(CASES) >= 25
