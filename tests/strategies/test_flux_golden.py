"""Golden folders: ``before/`` plus ``case.yaml`` must become ``after/``, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promontory.change import Change
from promontory.strategies import STRATEGIES
from tests.strategies.files import DictFiles

GOLDEN = Path(__file__).parent / "golden" / "flux"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.yaml"))


@pytest.mark.parametrize("name", CASES)
def test_before_becomes_after_byte_for_byte(name: str) -> None:
    case = yaml.safe_load((GOLDEN / name / "case.yaml").read_bytes())
    before, after = DictFiles.below(GOLDEN / name / "before"), DictFiles.below(GOLDEN / name / "after")
    flux = STRATEGIES["flux"].model_validate({"kind": "flux", **case["options"]})

    assert flux.current(before) == case["current"]
    edits = flux.change(before, case["release"], [])

    assert all(edit.before == before.read(edit.path) for edit in edits.edits)
    changed = {edit.path: edit.after for edit in edits.edits if edit.after is not None}
    assert {**before.contents, **changed} == after.contents
    assert flux.current(after) == case["release"]
    assert flux.change(after, case["release"], []) == Change()


def test_every_golden_folder_is_a_case() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == set(CASES)
    assert len(CASES) >= 25
