"""`promontory approve` and `reject`, where no Prefect server is involved."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promontory.errors import PlanChanged
from promontory.promotion.approving import answer
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.survey import survey
from promontory.sandbox.sample import sample_files
from tests.cli.conftest import NOWHERE, Command, Sample


def approval(path: Path, **rule: object) -> None:
    """A configuration with another rule for production."""
    config = yaml.safe_load(sample_files(NOWHERE)["promontory.yaml"])
    config["environments"]["production"]["approval"] = rule
    path.write_text(yaml.safe_dump(config, sort_keys=False))


@pytest.fixture
def local_config(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    environment.setenv("PROMONTORY_CONFIG", str(tmp_path / "mine.yaml"))
    return tmp_path / "mine.yaml"


def test_an_approval_names_what_was_approved_and_is_recorded(sample: Sample, command: Command) -> None:
    request = sample.request()

    ended = command("approve", request.promotion[:5], "--note", "looks good", "--as", "alice")

    assert ended.code == 0
    assert f"approved: web-app v1.3.0 for production ({request.promotion}, {request.digest}), by alice" in ended.out
    assert "+    newTag: v1.3.0" in ended.err
    (entry,) = [e for e in sample.workspace().ledger.entries("web-app", "production") if e.kind == "approved"]
    assert (entry.by, entry.reason, entry.proof, entry.digest) == (
        "alice",
        "looks good",
        "command line",
        request.digest,
    )


def test_without_a_server_it_says_what_makes_the_run_go_on(sample: Sample, command: Command) -> None:
    request = sample.request()

    ended = command("approve", request.promotion)

    assert ended.code == 0
    assert "recorded; no Prefect server is configured here" in ended.out
    assert "resumed in the Prefect UI, or by this command with PREFECT_API_URL set" in ended.out


def test_who_approves_is_git_s_user(sample: Sample, command: Command) -> None:
    assert ", by Ada <ada@acme.example>" in command("approve", sample.request().promotion).out


def test_approving_again_after_the_push_is_fine(sample: Sample, command: Command) -> None:
    request = sample.request()
    command("approve", request.promotion)
    workspace, hop = sample.hop("v1.3.0", "production")
    deliver(workspace, hop, plan_hop(workspace, hop)[0])

    ended = command("approve", request.promotion)

    assert (ended.code, ended.out[:17]) == (0, "approved already:")
    assert command("reject", request.promotion, "--reason", "too late").code == 3


def test_a_rejection_ends_the_promotion(sample: Sample, command: Command) -> None:
    request = sample.request()

    ended = command("reject", request.promotion, "--reason", "not on a Friday", "--as", "bob")

    assert ended.code == 0
    assert command("pending", "--json").json == []
    assert "v1.3.0 (command line): not on a Friday" in command("history").out
    assert command("approve", request.promotion).code == 3


def test_the_run_that_was_refused_does_not_ask_again(sample: Sample, command: Command) -> None:
    request = sample.request()
    command("reject", request.promotion, "--reason", "no")

    _, same_run = sample.hop("v1.3.0", "production")
    another_run = survey(sample.workspace(), "web-app", "v1.3.0", "production", "another run")[-1][0]

    assert same_run.promotion == request.promotion
    assert another_run.promotion != request.promotion


def test_a_rejection_needs_a_reason(sample: Sample, command: Command) -> None:
    assert command("reject", "abc").code == 2


@pytest.mark.parametrize("promotion", ["000000000000", "", "-"])
def test_an_id_that_does_not_wait_is_a_usage_error(sample: Sample, command: Command, promotion: str) -> None:
    sample.request()

    ended = command("approve", promotion)

    assert ended.code == 2
    assert "promontory pending" in ended.err


def test_who_is_not_an_approver_may_not(sample: Sample, command: Command, local_config: Path) -> None:
    approval(local_config, approvers=["alice@acme.example"])
    request = sample.request()

    assert command("approve", request.promotion, "--as", "mallory").code == 3
    assert command("approve", request.promotion, "--as", "Alice <alice@acme.example>").code == 0


def test_one_of_two_approvals_says_that_another_is_missing(
    sample: Sample, command: Command, local_config: Path
) -> None:
    approval(local_config, required=2)
    request = sample.request()

    assert "1 more approval wanted" in command("approve", request.promotion, "--as", "alice").out
    assert "approved by alice; 1 more approval wanted" in command("pending").out
    assert "recorded; " in command("approve", request.promotion, "--as", "bob").out


def test_an_answer_to_another_plan_than_was_seen_is_refused(sample: Sample) -> None:
    request = sample.request()
    workspace = sample.workspace("alice")

    with pytest.raises(PlanChanged, match="has changed while it was looked at"):
        answer(workspace, request.promotion, "approved", "", "test", "sha256:seen-before")

    assert workspace.record(request.place).of(request.promotion)[-1].kind == "requested"
