"""A revert goes the way its promotion came: opened once, urgent, merged as soon as may be, and proved in Git."""

from __future__ import annotations

import asyncio

import pytest

from promontory.entry import Entry
from promontory.errors import RevertConflict, TransientError
from promontory.model import Place
from promontory.promotion.abandoned import hop_of
from promontory.promotion.asking_back import branch_of
from promontory.promotion.revert_requests import settle_revert
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop, PullRequestState
from promontory.promotion.verification import verify
from promontory.promotion.views import status
from promontory.promotion.waiting import waiting
from tests.promotion.forges import MINUTE, MakeProposer, Proposer, branches, green
from tests.promotion.world import path_of

WAIT = "{kind: pull-request, merge: wait, labels: [gitops]}"


def merged(p: Proposer, release: str = "v1.1.0") -> tuple[Hop, Entry]:
    """A promotion whose pull request was merged."""
    hop = p.hop(release)
    p.propose(hop)
    green(p)
    state = p.look(hop)
    if state.status == "open":
        p.fake.merge_by("alice")
        state = p.look(hop)
    assert state.entry
    return hop, state.entry


def asked(p: Proposer) -> tuple[Hop, Entry]:
    hop, pushed = merged(p)
    entry = revert(p.workspace, hop, pushed, "unhealthy")
    assert entry
    assert entry.kind == "reverting"
    return hop, entry


def again(p: Proposer, run: str = "run-2") -> PullRequestState:
    """Another run, on another machine, takes it up by what the survey says."""
    other = Proposer(p.world, p.fake, run=run, cache=f"cache-{run}")
    hop = other.hop("v1.1.0")
    assert hop.step == "revert"
    assert hop.entry
    return settle_revert(other.workspace, hop.entry)


def test_it_is_opened_as_urgent_and_merged_at_once(everywhere: Proposer) -> None:
    p = everywhere
    before = p.world.read("dev")
    hop, entry = asked(p)
    assert branches(p.world) == [branch_of(hop)]
    assert p.world.release("dev") == "v1.1.0"

    state = settle_revert(p.workspace, entry)

    assert state.status == "merged"
    assert p.world.read("dev") == before
    request = p.fake.request()
    assert (request.title, request.state) == ("Revert web-app v1.1.0 in dev", "merged")
    assert request.labels == ["urgent"]
    assert "unhealthy" in request.body
    assert "| web-app | v1.1.0 | v1.0.0 |" in request.body
    assert branches(p.world) == []
    assert p.world.kinds("dev")[-4:] == ["held", "reverting", "reverting", "reverted"]
    reverted = p.world.entries("dev")[-1]
    assert (reverted.release, reverted.previous, reverted.reason) == ("v1.1.0", "v1.0.0", "unhealthy")
    assert reverted.commit == p.world.git("rev-parse", "main").strip()
    assert reverted.pull_request
    assert (reverted.pull_request.number, reverted.pull_request.merged_by) == (2, p.fake.account)
    message = p.world.git("log", "-1", "--format=%B", "main")
    assert message.startswith("Revert web-app in dev to v1.0.0\n")
    assert f"Undoes: {hop.promotion}" in message


def test_the_hold_is_there_from_the_moment_that_it_is_asked(make: MakeProposer) -> None:
    p = make(WAIT)
    asked(p)

    assert [path.split("-")[-3] for path in p.world.recorded_last()] == ["held", "reverting"]
    assert p.world.record("dev").hold("v1.1.0")


def test_red_checks_do_not_keep_it_waiting_where_the_forge_does_not_insist(everywhere: Proposer) -> None:
    _, entry = asked(everywhere)
    head = everywhere.world.git("rev-parse", entry.pushed.ref).strip() if entry.pushed else ""
    everywhere.fake.set_checks(head, ("ci", "failure"))

    assert settle_revert(everywhere.workspace, entry).status == "merged"


def test_people_merge_where_they_are_to(make: MakeProposer) -> None:
    p = make(WAIT)
    _, entry = asked(p)

    state = settle_revert(p.workspace, entry)
    assert (state.status, state.reason.endswith("/pull/2: waits to be merged")) == ("open", True)
    assert p.fake.request().labels == ["gitops", "urgent"]
    assert p.world.release("dev") == "v1.1.0"
    p.fake.merge_by("alice")

    assert again(p).status == "merged"
    assert p.world.release("dev") == "v1.0.0"
    reverted = p.world.entries("dev")[-1]
    assert reverted.pull_request
    assert reverted.pull_request.merged_by == "alice"


def test_what_waits_is_shown(make: MakeProposer) -> None:
    p = make(WAIT)
    _, entry = asked(p)
    settle_revert(p.workspace, entry)

    (shown,) = waiting(p.workspace)
    (row,) = status(p.workspace)

    assert (shown.previous, shown.release, shown.state) == ("v1.1.0", "v1.0.0", "urgent: takes it back")
    assert shown.pull_request.endswith("/pull/2")
    assert row.pending
    assert row.pending.startswith("v1.1.0 waits to be taken back: http")
    assert row.held == ("v1.1.0",)


def test_closed_by_a_person_the_release_stays_and_nobody_asks_again(everywhere: Proposer, make: MakeProposer) -> None:
    p = everywhere
    hop, entry = asked(p)
    pushed = next(each for each in p.world.entries("dev") if each.kind == "pushed")
    p.fake.fail_next(503)
    assert settle_revert(p.workspace, entry).status == "open"
    p.fake.add_request(branch_of(hop))
    p.fake.close_by("bob")

    state = settle_revert(p.workspace, entry)

    assert state.status == "refused"
    assert "was closed by bob" in state.reason
    assert p.world.entries("dev")[-1].kind == "kept"
    assert p.world.entries("dev")[-1].by == "bob"
    assert branches(p.world) == []
    with pytest.raises(RevertConflict, match="was closed by bob"):
        revert(p.workspace, hop, pushed, "unhealthy")
    assert len(p.fake.requests) == 2
    assert p.world.release("dev") == "v1.1.0"
    assert Proposer(p.world, p.fake, run="run-3").hop("v1.1.0").step == "verify"


def test_its_branch_deleted_means_no(make: MakeProposer) -> None:
    p = make(WAIT)
    hop, entry = asked(p)
    settle_revert(p.workspace, entry)
    p.world.git("update-ref", "-d", f"refs/heads/{branch_of(hop)}")

    assert "deleted the branch" in settle_revert(p.workspace, entry).reason


def test_when_its_base_moves_it_is_undone_on_the_new_one(make: MakeProposer) -> None:
    p = make(WAIT)
    hop, entry = asked(p)
    settle_revert(p.workspace, entry)
    p.world.edit(path_of("dev"), "# web-app in dev", "# the web-app in dev")

    state = settle_revert(p.workspace, entry)
    settle_revert(p.workspace, entry)

    assert state.status == "open"
    branch = branch_of(hop)
    assert p.world.git("rev-parse", f"{branch}~1") == p.world.git("rev-parse", "main")
    assert p.world.git("diff", "--numstat", "main", branch).split()[:2] == ["1", "1"]
    p.fake.merge_by("alice")
    assert settle_revert(p.workspace, entry).status == "merged"
    assert "# the web-app in dev" in p.world.read("dev")
    assert p.world.release("dev") == "v1.0.0"


def test_another_release_in_force_meanwhile_makes_it_pointless(make: MakeProposer) -> None:
    p = make(WAIT)
    _, entry = asked(p)
    settle_revert(p.workspace, entry)
    p.world.set_release("dev", "v1.2.0")

    state = settle_revert(p.workspace, entry)

    assert (state.status, state.reason) == ("replaced", "dev runs v1.2.0 by now")
    assert p.fake.request().state == "closed"
    assert p.fake.request().comments == ["Closed: dev runs another release by now."]
    assert branches(p.world) == []


def test_a_merge_that_brought_something_else_is_no_revert(make: MakeProposer) -> None:
    p = make(WAIT)
    _, entry = asked(p)
    settle_revert(p.workspace, entry)
    p.fake.merge_by("alice")
    p.world.git("update-ref", "refs/heads/main", "main~1")
    p.world.edit("README.md", "GitOps", "Other")
    p.fake.request().merged_sha = p.world.git("rev-parse", "main").strip()

    state = settle_revert(p.workspace, entry)

    assert state.status == "refused"
    assert "web-app in dev does not run v1.0.0 after it" in state.reason


def test_it_waits_for_what_the_forge_insists_on(everywhere: Proposer) -> None:
    p = everywhere
    hop, entry = asked(p)
    p.fake.created(branch_of(hop), "main", "Revert", "").blocked = "One more approval is needed"

    state = settle_revert(p.workspace, entry)
    assert (state.status, p.world.release("dev")) == ("open", "v1.1.0")
    assert state.reason.startswith("http")
    p.fake.request().blocked = ""

    assert settle_revert(p.workspace, entry).status == "merged"


def test_a_forge_that_is_away_is_asked_again(make: MakeProposer) -> None:
    p = make()
    _, entry = asked(p)
    p.fake.fail_next(500)

    assert settle_revert(p.workspace, entry).status == "open"
    assert settle_revert(p.workspace, entry).status == "merged"


def test_killed_before_it_was_opened_another_run_opens_it_once(everywhere: Proposer) -> None:
    asked(everywhere)

    assert again(everywhere).status == "merged"
    assert len(everywhere.fake.requests) == 2


def test_killed_after_it_was_opened_another_run_finds_it(make: MakeProposer) -> None:
    p = make(WAIT)
    hop, _ = asked(p)
    p.fake.created(branch_of(hop), "main", "Revert", "")

    assert again(p).status == "open"
    assert len(p.fake.requests) == 2
    p.fake.merge_by("alice")
    assert again(p, "run-3").status == "merged"


def test_killed_after_its_end_was_recorded_the_next_run_tidies_up(make: MakeProposer) -> None:
    p = make(WAIT)
    hop, entry = asked(p)
    settle_revert(p.workspace, entry)
    ended = {name: getattr(entry, name) for name in ("promotion", "pull_request", "members")}
    p.workspace.append([p.workspace.entry("kept", entry.place, entry.release, reason="closed by bob", **ended)])
    assert branches(p.world) == [branch_of(hop)]

    assert settle_revert(p.workspace, entry).status == "refused"

    assert branches(p.world) == []
    assert p.fake.request().state == "closed"


def test_the_answer_to_its_push_was_lost(make: MakeProposer) -> None:
    p = make()
    hop, pushed = merged(p)
    p.world.lose_the_next_answer()

    with pytest.raises(TransientError):
        revert(p.workspace, hop, pushed, "unhealthy")
    p.workspace.repository.sync()
    entry = revert(p.workspace, hop, pushed, "unhealthy")

    assert entry
    assert entry.kind == "reverting"
    assert p.world.kinds("dev").count("reverting") == 1
    assert settle_revert(p.workspace, entry).status == "merged"


def test_a_rollback_goes_the_same_way(everywhere: Proposer) -> None:
    p = everywhere
    merged(p)
    place = Place("web-app", "dev")

    hop, entry = roll_back(p.workspace, place, None, "slow", "rollback-1")
    assert (entry.kind, entry.previous) == ("reverting", "v1.0.0")
    assert roll_back(p.workspace, place, None, "slow", "rollback-1")[1].pushed == entry.pushed
    state = settle_revert(p.workspace, entry)

    assert state.status == "merged"
    assert p.world.release("dev") == "v1.0.0"
    assert hop.release == "v1.1.0"
    assert roll_back(p.workspace, place, None, "slow", "rollback-1")[1].kind == "reverted"


def test_revert_by_push_goes_round_it(make: MakeProposer) -> None:
    p = make(f"{WAIT}\n    revert_by: push")
    hop, pushed = merged(p)

    reverted = revert(p.workspace, hop, pushed, "unhealthy")

    assert reverted
    assert reverted.kind == "reverted"
    assert p.world.release("dev") == "v1.0.0"
    assert len(p.fake.requests) == 1


def test_what_moved_together_goes_back_in_one_request(make: MakeProposer) -> None:
    p = make(applications=("web-app", "api"))
    hop = p.hop("v1.1.0", api="v1.1.0")
    p.propose(hop)
    green(p)
    pushed = p.look(hop).entry
    assert pushed
    entry = revert(p.workspace, hop, pushed, "unhealthy")
    assert entry
    alone = Proposer(p.world, p.fake, run="run-2", cache="other").hop("v1.1.0")
    assert alone.step == "revert"
    assert alone.entry
    assert [member.application for member in hop_of(p.workspace, alone.entry).members] == ["web-app", "api"]

    state = settle_revert(p.workspace, entry)

    assert state.status == "merged"
    assert (p.world.release("dev"), p.world.release("dev", "api")) == ("v1.0.0", "v1.0.0")
    assert [p.world.kinds("dev", name)[-1] for name in ("web-app", "api")] == ["reverted", "reverted"]
    assert p.fake.request().title == "Revert web-app v1.1.0 and api v1.1.0 in dev"


def test_after_its_merge_the_release_before_is_verified_and_the_reverted_one_can_come_again(
    make: MakeProposer,
) -> None:
    p = make()
    hop, entry = asked(p)
    state = settle_revert(p.workspace, entry)
    assert state.entry

    verdict = asyncio.run(verify(p.workspace, hop, state.entry))

    assert verdict
    assert p.world.record("dev").standing("v1.0.0").condition == "verified"
    p.world.clock.move(MINUTE)
    waves = survey(p.workspace, "web-app", "v1.1.0", "dev", "run-7")
    assert waves[0][0].step == "promote"
