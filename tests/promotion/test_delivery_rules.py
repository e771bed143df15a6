"""What can go through a pull request, and what `validate` says where none can be opened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promontory.change import FieldMove, TagMove
from promontory.config import ForgeOptions
from promontory.errors import UsageError
from promontory.forges import open_forge
from promontory.model import PathChange, Plan
from promontory.promotion.delivery import check_deliverable, plan_hop
from promontory.promotion.validation import forge_warnings, problems
from promontory.promotion.workspace import Workspace
from promontory.settings import Settings
from tests.promotion.conftest import MakeWorld
from tests.promotion.forges import BY_REQUEST
from tests.promotion.world import LEDGER, Hops, World

PATH = PathChange(path="a", before=None, after="1" * 40)


def plan(ref: str = "main", base: str | None = "0" * 40, **more: object) -> Plan:
    fields = {"application": "web-app", "environment": "dev", "release": "v1", "previous": None, "diff": ""}
    return Plan.model_validate({**fields, "ref": ref, "base": base, "paths": (PATH,), **more})


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (plan(tags=(TagMove(name="v1-dev", commit="1" * 40),)), "a pull request cannot make or move tags"),
        (
            plan(fields=(FieldMove(namespace="n", name="a", path="p", before="1", after="2"),)),
            "a pull request cannot change fields of live objects",
        ),
        (plan(also=(plan("other"),)), "a pull request cannot move several branches: main, other"),
        (plan("env/dev", None), "there is no branch env/dev that a pull request could be for"),
    ],
)
def test_what_a_request_cannot_carry_is_refused(refused: Plan, message: str) -> None:
    with pytest.raises(UsageError) as error:
        check_deliverable(refused)

    assert error.value.message == message


def test_several_applications_on_one_branch_can_go_through_one() -> None:
    check_deliverable(plan(also=(plan(),)))


def test_it_is_refused_in_the_plan_already(make_world: MakeWorld) -> None:
    world = make_world(pipeline=BY_REQUEST.format(deliver="pull-request"))
    hops = Hops(world.workspace())
    hop = hops.hop("v1.1.0", "dev")

    assert plan_hop(hops.workspace, hop)[0].release == "v1.1.0"


def on(world: World, url: str, options: ForgeOptions | None = None) -> Workspace:
    settings = Settings(forge_token=None, git_password=None)
    return replace(world.workspace(), connect=lambda: open_forge(url, options, settings))


def test_a_forge_that_is_not_known_is_a_problem(make_world: MakeWorld) -> None:
    world = make_world(pipeline=BY_REQUEST.format(deliver="pull-request"))

    (problem,) = problems(on(world, str(world.origin)))

    assert str(problem).startswith(
        "promontory.yaml:6:5: environments.dev.deliver: no pull request can be opened: "
        "the repository's address names no forge"
    )
    assert "write `forge:" in problem.remedy


def test_a_missing_token_is_a_warning_because_others_may_have_one(make_world: MakeWorld) -> None:
    world = make_world(pipeline=BY_REQUEST.format(deliver="pull-request"))
    workspace = on(world, "https://github.com/acme/gitops")

    (warning,) = forge_warnings(workspace)

    assert problems(workspace) == ()
    assert warning.message == "no pull request can be opened: there is no token for github.com"
    assert warning.remedy == "set PROMONTORY_FORGE_TOKEN"


def test_without_pull_requests_nothing_is_asked_of_a_forge(world: World) -> None:
    assert problems(world.workspace()) == ()
    assert forge_warnings(world.workspace()) == ()


def test_an_environment_whose_branches_would_lie_below_the_ledger_is_a_problem(make_world: MakeWorld) -> None:
    pipeline = BY_REQUEST.format(deliver="pull-request").replace("dev:", "ledger:")
    world = make_world(pipeline=pipeline)
    workspace = replace(on(world, "https://github.com/acme/gitops"), connect=lambda: None)  # type: ignore[arg-type,return-value]

    (problem,) = problems(workspace)

    assert problem.message == f'its pull requests would come from branches below "{LEDGER}", which is the ledger'
