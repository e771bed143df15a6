"""The page says what promontory.yaml says, the same way each time, whatever is written there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promontory.config import Config, Environment, load
from promontory.promotion.vocabulary import VOCABULARY
from promontory.runbook import runbook

HERE = Path(__file__).parent
SAMPLE = (HERE / "promontory.yaml").read_text(encoding="utf-8")


def read(text: str) -> Config:
    return load(text, file="promontory.yaml", vocabulary=VOCABULARY)


def page(**environments: object) -> str:
    """The page about one application in the environments that are given."""
    application = {"strategy": {"kind": "directory", "path": "{environment}", "image": "acme/web-app"}}
    return runbook(
        read(yaml.safe_dump({"applications": {"web-app": application}, "environments": environments}, sort_keys=False))
    )


def test_page_is_the_one_that_was_looked_at() -> None:
    assert runbook(read(SAMPLE)) == (HERE / "promotion.md").read_text(encoding="utf-8")


def test_what_nothing_verifies_before_is_not_asked_to_be_verified_there() -> None:
    unwatched = page(dev={}, prod={"after": "dev"})
    watched = page(dev={"verify": [{"kind": "http", "url": "https://a.example"}]}, prod={"after": "dev"})

    assert "It has to be verified in **dev** first (**dev** can only show that it was there)," in unwatched
    assert "It has to be verified in **dev** first, " in watched


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "Nothing looks at it afterwards"),
        ({"approval": {"required": 2}}, "**2 people have** to say yes, whoever it is."),
        ({"approval": {"approvers": ["ada", "bob"]}}, "**One person has** to say yes: ada or bob."),
        ({"approval": {"expires": "90m"}}, "waits for 90 minutes"),
        ({"approval": {"exclude_requester": True}}, "does not count"),
        ({"approval": {"signed": True}}, "**Only a signature counts**"),
        ({"approval": {"remind": "4h"}}, "Every 4 hours they are reminded."),
        (
            {"windows": [{"kind": "deny", "schedule": "0 2 * * *", "duration": "2h", "manual": True}]},
            "**never** at 02:00 every day, for 2h, UTC; what a human promotes is let through",
        ),
        (
            {"windows": [{"kind": "argocd", "project": "argocd/shop.yaml", "application": "web-{environment}"}]},
            "when Argo CD would sync `web-{environment}`, by the sync windows of its project in `argocd/shop.yaml`",
        ),
        ({"deliver": {"kind": "pull-request", "merge": "wait"}}, "People merge it;"),
        ({"owner": "#ops"}, "| the environment **prod** | #ops |"),
        ({"test": [{"kind": "command", "run": "make test", "continue_on_failure": True}]}, "**does not stop"),
    ],
)
def test_what_is_configured_is_said(environment: dict[str, object], said: str) -> None:
    assert said in page(prod=environment)


WATCHED: dict[str, object] = {"verify": [{"kind": "http", "url": "https://acme.example"}]}
REQUESTED = {**WATCHED, "deliver": "pull-request"}
# Each key of an environment: what is there without it, and what it says.
KEYS: dict[str, tuple[dict[str, object], object]] = {
    "description": ({}, "What customers see"),
    "owner": ({}, "#ops"),
    "after": ({}, "dev"),
    "provenance": ({"after": "dev"}, "none"),
    "superseded": ({"approval": {}}, "queue"),
    "test": ({}, [{"kind": "command", "run": "make test"}]),
    "verify": ({}, WATCHED["verify"]),
    "soak": (WATCHED, "2h"),
    "approval": ({}, {}),
    "windows": ({}, [{"kind": "deny", "from": "2026-12-20", "to": "2027-01-04"}]),
    "deliver": ({}, "pull-request"),
    "revert_by": (REQUESTED, "push"),
    "on_failure": (WATCHED, "revert-wave"),
    "on_cancel": (WATCHED, "revert"),
    "break_glass": ({}, ["ada"]),
}
# It only decides what `validate` warns of.
SILENT = {"production"}


def test_every_key_of_an_environment_is_known_here() -> None:
    assert set(KEYS) | SILENT == set(Environment.model_fields)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_an_environment_is_said(key: str) -> None:
    others, value = KEYS[key]

    assert page(dev={}, prod=others) != page(dev={}, prod={**others, key: value})


def test_graph_has_one_arrow_for_each_environment_before() -> None:
    graph = page(a={}, end={"after": "a"}, b={"after": ["a", "end"], "approval": {}})

    assert [line.strip() for line in graph.splitlines() if line.strip().startswith("e") and "-->" in line] == [
        "e0 --> e1",
        'e0 -- "1 approval" --> e2',
        'e1 -- "1 approval" --> e2',
    ]


def test_hostile_text_stays_text() -> None:
    hostile = yaml.safe_dump("<script>|`\n# x\n\n```", default_style='"')
    text = SAMPLE.replace("The shop", hostile).replace('"#ops"', hostile).replace("What customers see", hostile)

    told = runbook(read(text))

    assert "\\<script\\>" in told
    assert "<script>" not in told
    assert "\n# x" not in told
