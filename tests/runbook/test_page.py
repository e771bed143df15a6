"""The page says what promontory.yaml says, the same way each time, whatever is written there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promontory.config import Config, load
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


@pytest.mark.parametrize("key", ["revert_by", "on_failure"])
def test_how_a_failure_ends_is_said(key: str) -> None:
    watched = {"deliver": "pull-request", "verify": [{"kind": "http", "url": "https://acme.example"}]}
    other = {"revert_by": "push", "on_failure": "revert-wave"}[key]

    assert page(prod=watched) != page(prod={**watched, key: other})


def test_graph_has_one_arrow_for_each_environment_before() -> None:
    graph = page(a={}, end={"after": "a"}, b={"after": ["a", "end"], "approval": {}})

    assert [line.strip() for line in graph.splitlines() if line.strip().startswith("e") and "-->" in line] == [
        "e0 --> e1",
        'e0 -- "1 approval" --> e2',
        'e1 -- "1 approval" --> e2',
    ]


def test_hostile_text_stays_text() -> None:
    hostile = "<script>|`\n# x\n\n```"
    config = yaml.safe_load(SAMPLE)
    config["applications"]["api"] |= {"description": hostile, "owner": hostile}
    config["environments"]["dev"] |= {"description": hostile, "owner": hostile}

    told = runbook(read(yaml.safe_dump(config)))

    assert "<script>" not in told.replace("\\<script\\>", "")
    assert "\n# x" not in told
