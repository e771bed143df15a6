"""Every example of README and guide, with anything at all put in its place somewhere: never a traceback."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as some

from promontory.config import Application, Config, Environment, load, warnings
from promontory.errors import ConfigurationError
from promontory.promotion.vocabulary import VOCABULARY
from promontory.runbook import runbook

ROOT = Path(__file__).parent.parent
APPLICATION = {"strategy": {"kind": "directory", "path": "{environment}", "image": "acme/web-app"}}
BASE: dict[str, Any] = {
    "applications": {"web-app": APPLICATION},
    "environments": {"dev": {}, "production": {"after": "dev"}},
}


def _examples() -> list[dict[str, Any]]:
    """What the guide shows, each completed to a whole configuration; what is about other files is left out."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))]
    blocks = [block for text in texts for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]
    documents = [document for block in blocks for document in _documents(block)]
    return [whole for each in documents if isinstance(each, dict) and (whole := _completed(each))]


def _documents(block: str) -> list[Any]:
    """A block may show one key several times, as several examples."""
    parts = re.split(r"^(?=strategy:|releases:)", block, flags=re.MULTILINE)
    return [yaml.safe_load(part) for part in parts if part.strip()]


def _completed(part: dict[str, Any]) -> dict[str, Any] | None:
    whole = copy.deepcopy(BASE)
    for keys, place in (
        (Config.model_fields, whole),
        (Application.model_fields, whole["applications"]["web-app"]),
        (Environment.model_fields, whole["environments"]["production"]),
    ):
        if set(part) <= set(keys):
            place.update(copy.deepcopy(part))
            return whole
    return None


EXAMPLES = _examples()
# As YAML has them, so that each use has its own.
HOSTILE = some.sampled_from(
    r"""
    ""|" "|-x|"--"|../..|/|"a\0b"|"\e[2J"|"{application}"|"{x}"|"{"|"%s"|$(id)|"é\u202e"|0 0 31 2 *|"* * * * *"|0s|-1s
    99999999999d|1e400|"http://["|https://a:b@c|Europe/Nowhere|-1|0|1.5|.inf|.nan|true|null|[]|{}|[[]]|{kind: x}
    {kind: {}}|{1: 2}|[null]|{"": ""}|{kind: allow}|2026-11-27|999999999999999999999999999999|[{kind: allow}]|group:x
    """.replace("\n", "|").split("|")
).map(lambda text: yaml.safe_load(text.strip()))  # fmt: skip


def _paths(node: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, value in inner for found in _paths(value, (*path, key)))]


def _mutated(data: some.DataObject) -> dict[str, Any]:
    document = copy.deepcopy(data.draw(some.sampled_from(EXAMPLES)))
    for _ in range(data.draw(some.integers(1, 3))):
        *to, last = data.draw(some.sampled_from(_paths(document)[1:]))
        node: Any = document
        for key in to:
            node = node[key]
        what = data.draw(some.sampled_from(["replace", "remove", "add"]))
        if what == "remove":
            if len(document) == 1 and not to:
                continue
            del node[last]
        elif what == "add" and isinstance(node, dict):
            node[data.draw(some.sampled_from(["kind", "x", "after", 1, None]))] = data.draw(HOSTILE)
        else:
            node[last] = data.draw(HOSTILE)
    return document


def read(text: str) -> None:
    try:
        config = load(text, file="promontory.yaml", vocabulary=VOCABULARY)
    except ConfigurationError as error:
        told = error.problems
    else:
        told = warnings(config)
        assert runbook(config)
    assert all(problem.message and problem.line >= 0 for problem in told)


def test_there_are_examples_of_everything() -> None:
    assert len(EXAMPLES) > 20


@given(some.data())
@settings(deadline=None, max_examples=200)
def test_any_change_of_an_example(data: some.DataObject) -> None:
    read(yaml.safe_dump(_mutated(data), sort_keys=False, allow_unicode=True))


@given(some.sampled_from(EXAMPLES))
@example(BASE)
@settings(deadline=None, max_examples=len(EXAMPLES))
def test_examples_themselves(document: dict[str, Any]) -> None:
    read(yaml.safe_dump(document, sort_keys=False))
