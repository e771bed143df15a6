"""Commit messages as git reads them; nothing that comes from outside can forge a trailer."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promontory.model import Plan
from promontory.promotion.message import promotion_message, revert_message
from promontory.promotion.reverting import revert
from promontory.promotion.values import Hop
from tests.promotion.world import Hops, World

HOP = Hop(application="web-app", environment="production", release="v1.1.0", promotion="ab12", step="promote")
PLAN = Plan(
    application="web-app",
    environment="production",
    release="v1.1.0",
    previous="v1.0.0",
    source="staging",
    ref="main",
    base="0" * 40,
    paths=(),
    diff="",
)
FORGED = "\n\nPromotion-Id: forged\nApproved-By: nobody\n"


def trailers(message: str) -> list[tuple[str, str]]:
    """As git itself finds them."""
    command = ["git", "interpret-trailers", "--parse"]
    out = subprocess.run(command, input=message, check=True, capture_output=True, text=True).stdout
    return [(key, value) for key, _, value in (line.partition(": ") for line in out.splitlines())]


def test_a_promotion_says_what_moved() -> None:
    message = promotion_message(HOP, PLAN, ["alice", "Bob <bob@acme.example>"], "flow-run-1")

    assert message.startswith(
        "Promote web-app v1.1.0 to production\n\nweb-app in production moves from v1.0.0 to v1.1.0.\n\n"
    )
    assert trailers(message) == [
        ("Promotion-Id", "ab12"),
        ("Application", "web-app"),
        ("Environment", "production"),
        ("Release", "v1.1.0"),
        ("Previous-Release", "v1.0.0"),
        ("Source-Environment", "staging"),
        ("Approved-By", "alice, Bob <bob@acme.example>"),
        ("Flow-Run", "flow-run-1"),
    ]


def test_what_is_not_known_has_no_trailer() -> None:
    first = PLAN.model_copy(update={"previous": None, "source": None})

    message = promotion_message(HOP, first, (), None)

    assert [key for key, _ in trailers(message)] == ["Promotion-Id", "Application", "Environment", "Release"]
    assert "moves to v1.1.0." in message


def test_a_revert_says_what_is_in_force_again_and_why() -> None:
    message = revert_message(HOP, "v1.0.0", "answers 500, not 200", "flow-run-1")

    assert message.startswith("Revert web-app in production to v1.0.0\n\nv1.1.0: answers 500, not 200\n\n")
    assert trailers(message) == [
        ("Reverts-Promotion", "ab12"),
        ("Application", "web-app"),
        ("Environment", "production"),
        ("Release", "v1.0.0"),
        ("Previous-Release", "v1.1.0"),
        ("Flow-Run", "flow-run-1"),
    ]


@pytest.mark.parametrize("end", ["", "---\n", "--- \n", "diff --git a/x b/x\n", "# comment\n", "\n\n\n"])
def test_a_reason_cannot_forge_a_trailer(end: str) -> None:
    message = revert_message(HOP, "v1.0.0", f"it is slow{FORGED}{end}", None)

    assert dict(trailers(message)).get("Promotion-Id") is None
    assert ("Reverts-Promotion", "ab12") in trailers(message)


def test_a_name_cannot_forge_a_trailer() -> None:
    message = promotion_message(
        HOP, PLAN.model_copy(update={"previous": f"v1{FORGED}"}), [f"alice{FORGED}"], f"1{FORGED}"
    )

    found = trailers(message)
    assert [value for key, value in found if key == "Promotion-Id"] == ["ab12"]
    assert len([key for key, _ in found if key == "Approved-By"]) == 1


HOSTILE = st.lists(
    st.sampled_from(
        ["\n", "\r", "\x0b", "\x85", "\u2028", " ", "---", "Promotion-Id: forged", ":", "v1", "#", "\x00", "é"]
    ),
    max_size=8,
).map("".join)


@settings(max_examples=15, deadline=None)
@given(why=HOSTILE, previous=HOSTILE, run=HOSTILE)
def test_whatever_comes_from_outside_git_reads_only_our_own_trailers(why: str, previous: str, run: str) -> None:
    message = revert_message(HOP, previous, why, run)

    keys = [key for key, _ in trailers(message)]

    assert keys[0] == "Reverts-Promotion"
    assert len(keys) == len(set(keys))
    assert "Promotion-Id" not in keys


def test_a_real_commit_is_found_by_its_own_trailer_only(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    revert(hops.workspace, hop, entry, f"it is slow{FORGED}---\n")
    workspace = world.workspace()

    assert entry.pushed
    log = workspace.repository.log("main", 10)
    assert [each.sha for each in log if each.trailers.get("Promotion-Id") == hop.promotion] == [entry.pushed.after]
    assert not [each for each in log if each.trailers.get("Promotion-Id") == "forged"]
    body = world.git("log", "-1", "--format=%B", "main")
    assert dict(trailers(body))["Reverts-Promotion"] == hop.promotion


def test_a_reason_gives_no_orders_to_the_forge_that_reads_the_log() -> None:
    message = revert_message(HOP, "v1.0.0", "fixes #1 [skip ci] @acme/team", "flow-run-1")

    assert not {"fixes #1", "[skip ci]", "@acme"} & {*re.findall(r"fixes #1|\[skip ci\]|@acme", message)}
    assert "fixes\u2060 #1 [\u2060skip ci] @\u2060acme/team" in message
