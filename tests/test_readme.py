"""What README and guide say is true: configurations load, tables and commands are those of the program."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml
from prefect.events.schemas.automations import AutomationCore, EventTrigger

from promontory.cli import COMMANDS
from promontory.cli.audit import UNSOUND
from promontory.config import Config, load, warnings
from promontory.config.schema import schema
from promontory.event import GROUPS, PLACEHOLDERS, WORDS
from promontory.promotion.explaining.values import DriftKind, Explanation
from promontory.promotion.values import STATE_NAMES
from promontory.promotion.vocabulary import VOCABULARY
from promontory.settings import PREFIX, Variable, variables
from tasks.alerts import What

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTERS = sorted(path for path in (ROOT / "docs").glob("*.md") if path.name != "architecture.md")
GUIDE = "\n".join([README, *(path.read_text(encoding="utf-8") for path in CHAPTERS)])
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]


def configuration() -> str:
    blocks: list[str] = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return blocks[0]


def loaded() -> Config:
    return load(configuration(), file="README.md", vocabulary=VOCABULARY)


def test_configuration_is_valid_and_short() -> None:
    config = loaded()

    assert config.pipeline("web-app").hops() == ("dev", "staging", "production")
    assert len([line for line in configuration().splitlines() if not line.startswith("#")]) == 20


def test_examples_of_releases_are_valid() -> None:
    blocks: list[str] = re.findall(r"^```yaml\n(releases:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    examples = re.findall(r"^releases:.*\n(?: .*\n)*", blocks[0], re.MULTILINE)
    kinds = set()

    for example in examples:
        application = re.sub("^", "    ", example, flags=re.MULTILINE)
        strategy = "    strategy: {kind: directory, path: a, image: a}\n"
        text = f"applications:\n  web-app:\n{strategy}{application}\nenvironments: {{dev: }}\n"
        releases = load(text, file="README.md", vocabulary=VOCABULARY).application("web-app").releases
        assert releases is not None
        kinds.add(releases.kind)

    assert kinds == set(VOCABULARY.releases)


def test_examples_of_signers_are_valid() -> None:
    examples: list[str] = re.findall(r"^```yaml\n(signers:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    application = "applications: {web-app: {strategy: {kind: directory, path: a, image: a}}}\n"

    for example in examples:
        rest = "" if "environments:" in example else "environments: {dev: }\n"
        config = load(f"{application}{example}{rest}", file="docs/approvals.md", vocabulary=VOCABULARY)
        assert config.signers

    assert len(examples) == 2


def test_the_example_of_an_approval_rule_is_valid() -> None:
    (example,) = re.findall(r"^```yaml\n(people:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    application = "applications: {web-app: {strategy: {kind: directory, path: a, image: a}}}\n"

    config = load(f"{application}{example}", file="docs/approvals.md", vocabulary=VOCABULARY)

    told = [problem.message for problem in warnings(config)]
    assert told == ["there is no verify: a release is deployed here, but nobody knows whether it is healthy"]


def test_configuration_wants_an_approval_for_production_only() -> None:
    wanting = [name for name, environment in loaded().environments.items() if environment.approval]

    assert wanting == ["production"]


def test_table_of_settings_is_that_of_the_program() -> None:
    rows = re.findall(rf"^\| `({PREFIX}\w+)` \| (?:`(.*?)`)? ?\| (.*) \|$", README, re.MULTILINE)

    assert tuple(Variable(*row) for row in rows) == variables()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_mentioned(command: str) -> None:
    assert re.search(rf"\b(promontory|make) {command}\b", README)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^promontory ([a-z]+)", README, re.MULTILINE))))
def test_every_command_that_is_shown_exists(command: str) -> None:
    assert command in COMMANDS


def test_table_of_exit_codes_is_complete() -> None:
    rows = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}

    assert rows == {*STATE_NAMES, UNSOUND, 130}


@pytest.mark.parametrize("name", STATE_NAMES.values())
def test_every_final_state_of_a_run_is_named(name: str) -> None:
    assert f"`{name}`" in GUIDE


@pytest.mark.parametrize("kinds", [VOCABULARY.strategies, VOCABULARY.suites, VOCABULARY.checks, VOCABULARY.releases])
def test_every_kind_is_named(kinds: dict[str, object]) -> None:
    assert all(f"`{kind}`" in README for kind in kinds)


def test_every_kind_of_forge_is_named() -> None:
    (row,) = re.findall(r"^\| `forge:` \| (.*) \|$", README, re.MULTILINE)

    assert all(f"`{kind}`" in row for kind in VOCABULARY.forges)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_readme_leads_to_every_chapter(chapter: Path) -> None:
    assert f"](docs/{chapter.name})" in README


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_that_exist(document: str) -> None:
    path = ROOT / document
    text = path.read_text(encoding="utf-8")
    links: list[str] = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    local = [link for link in links if "://" not in link]

    assert [link for link in local if not (path.parent / link).is_file()] == []
    places = [(link, place) for link, place in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", text)]
    assert [place for link, place in places if place not in anchors(path.parent / link if link else path)] == []


def anchors(path: Path) -> set[str]:
    """What a forge calls the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


STRATEGIES = re.findall(r"^strategy: (\{.*\})$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("written", STRATEGIES)
def test_every_strategy_that_is_shown_is_one(written: str) -> None:
    options = yaml.safe_load(written)

    assert VOCABULARY.strategies[options["kind"]].model_validate(options)


def test_every_kind_of_strategy_is_shown() -> None:
    assert all(any(f"kind: {kind}" in written for written in STRATEGIES) for kind in VOCABULARY.strategies)


@pytest.mark.parametrize("written", re.findall(r"^```yaml\n(verify:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
def test_every_check_that_is_shown_is_one(written: str) -> None:
    applications = {"web-app": {"strategy": {"kind": "directory", "path": "a", "image": "a"}}}
    document = {"applications": applications, "environments": {"dev": yaml.safe_load(written)}}

    assert load(yaml.safe_dump(document), file="README.md", vocabulary=VOCABULARY).environments["dev"].verify
    jsonschema.validate(document, schema(VOCABULARY))


def test_every_kind_of_suite_is_shown_as_it_can_be_written() -> None:
    (written,) = re.findall(r"^```yaml\n(test:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    shown = yaml.safe_load(written)["test"]

    assert all(VOCABULARY.suites[options["kind"]].model_validate(options) for options in shown)
    assert {options["kind"] for options in shown} == set(VOCABULARY.suites)


def test_the_automation_that_is_shown_listens_to_an_event_of_ours() -> None:
    (written,) = re.findall(r"^```yaml\n(name: .*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)

    trigger = AutomationCore.model_validate(yaml.safe_load(written)).trigger

    assert isinstance(trigger, EventTrigger)
    assert {name.removeprefix("promontory.") for name in trigger.expect} <= set(get_args(What))


def test_the_automation_in_python_that_is_shown_listens_to_an_event_of_ours() -> None:
    (written,) = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    made: dict[str, AutomationCore] = {}

    exec(written.replace("Automation(", "made = Automation(", 1).replace(".create()", ""), made)  # noqa: S102 — ours

    trigger = made["made"].trigger
    assert isinstance(trigger, EventTrigger)
    assert {name.removeprefix("promontory.") for name in trigger.expect} <= set(WORDS)


def test_routes_that_are_shown_can_be_written_so() -> None:
    (written,) = re.findall(r"^```yaml\n(notifications:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)

    config = load(f"{configuration()}\n{written}", file="README.md", vocabulary=VOCABULARY)

    assert {route.to.kind for route in config.notifications} == set(VOCABULARY.channels)


def test_table_of_words_is_that_of_the_program() -> None:
    rows: list[tuple[str, str]] = re.findall(r"^\| (`[a-z`, -]+`) \| ([a-z]+) \| ", GUIDE, re.MULTILINE)
    told = [(word, group) for words, group in rows for word in re.findall(r"`([a-z-]+)`", words) if group in GROUPS]

    assert sorted(told) == sorted((word, group) for group, words in GROUPS.items() if group != "all" for word in words)


def test_every_placeholder_of_a_message_is_named() -> None:
    assert all(f"`{{{name}}}`" in GUIDE for name in PLACEHOLDERS)


@pytest.mark.parametrize("key", [*Explanation.model_fields, *get_args(DriftKind)])
def test_every_key_and_every_drift_that_explain_tells_is_named(key: str) -> None:
    assert f"`{key}`" in (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", get_args(What))
def test_every_event_is_named(name: str) -> None:
    assert f"| `promontory.{name}` |" in GUIDE


def test_what_an_environment_can_say_of_reverts_is_shown_as_it_can_be_written() -> None:
    (written,) = re.findall(r"^```yaml\n(environments:\n  production-us:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    applications = {"web-app": {"strategy": {"kind": "directory", "path": "a", "image": "a"}}}
    document = {"applications": applications, **yaml.safe_load(written)}

    environment = load(yaml.safe_dump(document), file="README.md", vocabulary=VOCABULARY).environments["production-us"]

    assert (environment.revert_by, environment.on_failure, environment.on_cancel) == ("push", "revert-wave", "revert")


@pytest.mark.parametrize("written", re.findall(r"^```yaml\n(windows:.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
def test_every_window_that_is_shown_is_one(written: str) -> None:
    applications = {"billing": {"strategy": {"kind": "directory", "path": "a", "image": "a"}}}
    text = yaml.safe_dump({"applications": applications}) + written
    text += "" if "environments:\n" in written else "environments: {production: }\n"

    config = load(text, file="README.md", vocabulary=VOCABULARY)

    assert [str(warning) for warning in warnings(config) if "windows" in warning.where] == []
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(text), default=str)), schema(VOCABULARY))
