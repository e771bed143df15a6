"""Golden folders: ``before/`` plus ``case.yaml`` must become ``after/``, byte for byte, and go back again.

``back: false`` in a case: something was added or got quotes, so the old bytes do not come back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from promontory.change import Change
from promontory.strategies import STRATEGIES
from promontory.strategies.contract import Strategy
from tests.strategies.files import DictFiles

GOLDEN = Path(__file__).parent / "golden"
KINDS = ["applicationset", "directory"]
CASES = sorted(str(path.parent.relative_to(GOLDEN)) for kind in KINDS for path in GOLDEN.glob(f"{kind}/*/case.yaml"))


def strategy(case: str, options: dict[str, Any]) -> Strategy:
    kind = case.split("/", 1)[0]
    return STRATEGIES[kind].model_validate({"kind": kind, **options})


def read(case: str) -> Any:
    return yaml.safe_load((GOLDEN / case / "case.yaml").read_bytes())


def applied(files: DictFiles, edits: Change) -> dict[str, bytes]:
    assert all(edit.before == files.read(edit.path) for edit in edits.edits)
    return {**files.contents, **{edit.path: edit.after for edit in edits.edits if edit.after is not None}}


@pytest.mark.parametrize("name", CASES)
def test_before_becomes_after_byte_for_byte(name: str) -> None:
    case = read(name)
    before, after = DictFiles.below(GOLDEN / name / "before"), DictFiles.below(GOLDEN / name / "after")
    promoted, sources = strategy(name, case["options"]), [strategy(name, it) for it in case.get("sources", ())]

    assert promoted.current(before) == case["current"]
    edits = promoted.change(before, case["release"], sources)

    assert applied(before, edits) == after.contents
    assert promoted.current(after) == case["release"]
    assert promoted.change(after, case["release"], sources) == Change()


@pytest.mark.parametrize("name", [name for name in CASES if read(name).get("back", True)])
def test_the_release_before_gives_the_bytes_before(name: str) -> None:
    case = read(name)
    before, after = DictFiles.below(GOLDEN / name / "before"), DictFiles.below(GOLDEN / name / "after")
    promoted = strategy(name, case["options"])

    assert applied(after, promoted.change(after, case["current"], [])) == before.contents


@pytest.mark.parametrize("kind", KINDS)
def test_every_golden_folder_is_a_case(kind: str) -> None:
    folders = {f"{kind}/{path.name}" for path in (GOLDEN / kind).iterdir() if path.is_dir()}
    assert folders
    assert folders <= set(CASES)
