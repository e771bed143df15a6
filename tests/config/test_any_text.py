"""Whatever is in the file, the answer is a configuration or a list of problems."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from config.samples import EXAMPLE, VOCABULARY
from promontory.config import load, warnings
from promontory.errors import ConfigurationError

NAMES = """
    applications environments strategy kind directory path after test verify approval approvers required http url
    command run releases registry repository branch expires dev staging {environment} {x} web false 5m
"""
WORDS = some.sampled_from(NAMES.split())
SCALARS = WORDS | some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5) | some.dates()
VALUES = some.recursive(
    SCALARS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(WORDS | SCALARS, inner, max_size=4),
    max_leaves=25,
)
CONFIGS = some.fixed_dictionaries(
    {
        "applications": VALUES | some.dictionaries(WORDS, some.fixed_dictionaries({"strategy": VALUES}) | VALUES),
        "environments": VALUES | some.dictionaries(WORDS, some.dictionaries(WORDS, VALUES)),
    }
)


def read(text: str | bytes) -> None:
    try:
        config = load(text, file="promontory.yaml", vocabulary=VOCABULARY)
    except ConfigurationError as error:
        told = error.problems
    else:
        told = warnings(config)
        assert all(config.pipeline(application).waves() for application in config.applications)
        assert config.applications
    assert all(problem.message and problem.line >= 0 for problem in told)


@given(some.text() | some.binary())
def test_any_text(text: str | bytes) -> None:
    read(text)


@given(VALUES | CONFIGS)
@settings(deadline=None)
def test_any_yaml(value: object) -> None:
    read(yaml.safe_dump(value, sort_keys=False))


@given(some.data())
@settings(deadline=None)
def test_the_example_with_something_cut_out_or_put_in(data: some.DataObject) -> None:
    start = data.draw(some.integers(0, len(EXAMPLE)))
    end = data.draw(some.integers(start, min(start + 40, len(EXAMPLE))))
    put = data.draw(
        some.text(max_size=3) | some.sampled_from(["- ", ": ", "&a ", "*a", "<<: *a", "!!set ", "? ", "{}", "\n"])
    )

    read(EXAMPLE[:start] + put + EXAMPLE[end:])
