"""Promotions that windows keep waiting: ours, and those of Argo CD, from the repository and from a real API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from promontory.errors import NotAllowed
from promontory.live_objects import APP_PROJECT, APPLICATION, Ref
from promontory.model import GateState, Place
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.planning import ask_gates
from promontory.promotion.reverting import revert
from promontory.promotion.validation import problems
from promontory.sandbox.kubernetes import KubernetesApi
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World

# Every world begins on Saturday, 1 March 2025, at 12:00 UTC.
EVENINGS = '{kind: allow, schedule: "0 20 * * *", duration: 2h}'
NOON = '"0 12 * * *"'
PLACE = Place("web-app", "dev")
DENY = {"kind": "deny", "schedule": "0 11 * * *", "duration": "4h", "namespaces": ["web"]}


def pipeline(*windows: str) -> str:
    return f"environments:\n  dev:\n    owner: team web\n    windows: [{', '.join(windows)}]\n"


def project(*windows: dict[str, Any], name: str = "shop") -> dict[str, Any]:
    metadata = {"name": name, "namespace": "argocd"}
    spec = {"syncWindows": list(windows)}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}


def application(name: str = "web-app-dev", *, automated: bool = True, **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "labels": labels},
        "spec": {
            "project": "shop",
            "destination": {"namespace": "web", "server": "https://kubernetes.default.svc"},
            "syncPolicy": {"automated": {}} if automated else {},
        },
    }


def add(world: World, path: str, *documents: dict[str, Any]) -> None:
    world.commit({path: yaml.safe_dump_all(documents).encode()})


def gate(world: World, name: str = "argocd-window") -> GateState:
    states = ask_gates(world.workspace(), PLACE, "v1.1.0", None)
    return next(state for state in states if state.gate == name)


def test_a_promotion_goes_when_its_window_opens(make_world: MakeWorld) -> None:
    world = make_world(pipeline=pipeline(EVENINGS))
    hops = Hops(world.workspace())
    hop = hops.hop("v1.1.0", "dev")

    plan, states = plan_hop(hops.workspace, hop)
    with pytest.raises(NotAllowed, match="opens 2025-03-01 20:00 UTC"):
        deliver(hops.workspace, hop, plan)
    world.clock.move(timedelta(hours=8))
    deliver(hops.workspace, hop, plan)

    (shut,) = [state for state in states if not state.open]
    assert (shut.gate, shut.owner, shut.waits) == ("window", "team web", True)
    assert shut.opens == datetime(2025, 3, 1, 20, tzinfo=UTC)
    assert world.release("dev") == "v1.1.0"


def test_a_window_that_closes_while_it_is_tested_stops_the_push(make_world: MakeWorld) -> None:
    world = make_world(pipeline=pipeline(f"{{kind: allow, schedule: {NOON}, duration: 5m}}"))
    hops = Hops(world.workspace())
    hop = hops.hop("v1.1.0", "dev")

    plan, states = plan_hop(hops.workspace, hop)
    world.clock.move(timedelta(minutes=5))

    assert all(state.open for state in states)
    with pytest.raises(NotAllowed, match="window: outside of the window"):
        deliver(hops.workspace, hop, plan)
    assert world.release("dev") == "v1.0.0"


def test_a_revert_asks_no_window(make_world: MakeWorld) -> None:
    world = make_world(pipeline=pipeline(f"{{kind: allow, schedule: {NOON}, duration: 5m}}"))
    hops = Hops(world.workspace())
    hop, entry = hops.push("v1.1.0", "dev")
    world.clock.move(timedelta(hours=1))

    revert(hops.workspace, hop, entry, "it is broken")

    assert not gate(world, "window").open
    assert world.release("dev") == "v1.0.0"


def test_a_freeze_at_the_top_is_for_the_environments_that_it_names(make_world: MakeWorld) -> None:
    freeze = "windows: [{kind: deny, from: 2025-02-20, to: 2025-03-03, environments: [prod*], owner: ops}]\n"
    world = make_world(pipeline=f"{freeze}environments:\n  dev:\n  production:\n")

    states = ask_gates(world.workspace(), Place("web-app", "production"), "v1.1.0", None)

    assert gate(world, "window").open
    assert [(state.gate, state.owner) for state in states if not state.open] == [("window", "ops")]


def test_the_windows_of_a_project_are_read_in_the_repository(make_world: MakeWorld) -> None:
    written = '{kind: argocd, project: "argocd/{application}.yaml", application: "{application}-{environment}"}'
    world = make_world(pipeline=pipeline(written))
    add(world, "argocd/web-app.yaml", project(DENY), project(name="other"))
    add(world, "argocd/apps.yaml", application())

    assert gate(world) == GateState(
        gate="argocd-window",
        open=False,
        reason="Argo CD would not sync argocd/web-app-dev (AppProject shop): a deny window is active: "
        'deny "0 11 * * *" for 4h; opens 2025-03-01 15:00 UTC',
        owner="team web",
        opens=datetime(2025, 3, 1, 15, tzinfo=UTC),
        waits=True,
    )
    world.clock.move(timedelta(hours=3))
    assert gate(world).open


def test_an_application_of_the_repository_is_the_one_of_the_namespace(make_world: MakeWorld) -> None:
    world = make_world(pipeline=pipeline("{kind: argocd, project: argocd/project.yaml, application: web-app-dev}"))
    elsewhere = application()
    elsewhere["metadata"]["namespace"] = "other"
    elsewhere["spec"]["destination"]["namespace"] = "other"
    add(world, "argocd/project.yaml", project(DENY), application(), elsewhere)

    assert gate(world).reason.startswith("Argo CD would not sync argocd/web-app-dev")


@pytest.mark.parametrize(
    ("policy", "manual"),
    [
        ({"automated": {}}, False),
        ({"automated": {"enabled": True}}, False),
        ({"automated": {"enabled": False}}, True),
        ({"automated": None}, True),
        ({}, True),
    ],
)
def test_who_syncs_is_a_person_where_it_is_not_automated(
    make_world: MakeWorld, policy: dict[str, Any], manual: bool
) -> None:
    world = make_world(pipeline=pipeline("{kind: argocd, project: argocd/project.yaml, application: web-app-dev}"))
    synced = application()
    synced["spec"]["syncPolicy"] = policy
    add(world, "argocd/project.yaml", project({**DENY, "manualSync": True}), synced)

    assert gate(world).open is manual


def test_a_push_is_stopped_by_windows_that_the_head_has_got_meanwhile(make_world: MakeWorld) -> None:
    written = "{kind: argocd, project: argocd/project.yaml, application: web-app-dev}"
    world = make_world(pipeline=pipeline(written))
    add(world, "argocd/project.yaml", project({**DENY, "namespaces": ["other"]}), application())
    hops = Hops(world.workspace())
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)

    world.edit("argocd/project.yaml", "- other", "- web")
    hops.workspace.repository.sync()

    with pytest.raises(NotAllowed, match="argocd-window: Argo CD would not sync argocd/web-app-dev"):
        deliver(hops.workspace, hop, plan)


FROM_CLUSTER = '{kind: argocd, application: "{application}-{environment}", context: sandbox}'


def test_the_windows_of_a_project_are_asked_for_in_the_cluster_each_time(
    make_world: MakeWorld, kubernetes_api: KubernetesApi
) -> None:
    world = make_world(pipeline=pipeline(FROM_CLUSTER))
    kubernetes_api.put(application())
    kubernetes_api.put(project(DENY))

    before = gate(world)
    kubernetes_api.change(Ref(APP_PROJECT, "argocd", "shop"), lambda it: it["spec"].pop("syncWindows"))

    assert not before.open
    assert gate(world).open


def test_a_person_syncs_what_has_no_automated_policy(make_world: MakeWorld, kubernetes_api: KubernetesApi) -> None:
    world = make_world(pipeline=pipeline(FROM_CLUSTER))
    kubernetes_api.put(application(automated=False))
    kubernetes_api.put(project({**DENY, "manualSync": True}))

    assert gate(world).open
    kubernetes_api.change(
        Ref(APPLICATION, "argocd", "web-app-dev"), lambda it: it["spec"].update(syncPolicy={"automated": {}})
    )
    assert not gate(world).open


def test_all_applications_of_a_selector_have_to_be_let_through(
    make_world: MakeWorld, kubernetes_api: KubernetesApi
) -> None:
    world = make_world(pipeline=pipeline('{kind: argocd, selector: "app={application}"}'))
    later = {**DENY, "duration": "6h", "namespaces": [], "applications": ["*-us"]}
    for region in ("eu", "us"):
        kubernetes_api.put(application(f"web-{region}", app="web-app"))
    kubernetes_api.put(project(DENY, later))

    state = gate(world)

    assert "argocd/web-eu" in state.reason
    assert "argocd/web-us" in state.reason
    assert state.opens == datetime(2025, 3, 1, 17, tzinfo=UTC)


def test_a_cluster_that_is_away_closes_it_until_it_is_back(
    make_world: MakeWorld, kubernetes_api: KubernetesApi
) -> None:
    world = make_world(pipeline=pipeline(FROM_CLUSTER))
    kubernetes_api.put(application())
    kubernetes_api.put(project())

    with kubernetes_api.away():
        away = gate(world)

    assert (away.open, away.waits, away.opens) == (False, True, None)
    assert away.reason.startswith("whether Argo CD syncs argocd/web-app-dev cannot be foretold: ")
    assert gate(world).open


@pytest.mark.parametrize(
    ("there", "problem"),
    [
        ([], "applications.argoproj.io"),
        ([application()], "appprojects.argoproj.io"),
        ([application(), project({"kind": "deny", "clusters": "x"})], "spec.syncWindows[0].clusters is no list"),
    ],
)
def test_what_cannot_be_read_closes_it_for_good(
    make_world: MakeWorld, kubernetes_api: KubernetesApi, there: list[dict[str, Any]], problem: str
) -> None:
    world = make_world(pipeline=pipeline(FROM_CLUSTER))
    for document in there:
        kubernetes_api.put(document)

    state = gate(world)

    assert (state.open, state.waits) == (False, False)
    assert problem in state.reason
    assert state.remedy


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ([], "there is no file argocd/project.yaml"),
        ([project(name="other"), application()], "there is no AppProject shop in argocd/project.yaml"),
        ([project(), project(), application()], "there are several in argocd/project.yaml: shop, shop"),
    ],
)
def test_a_project_that_is_not_in_its_file_closes_it(
    make_world: MakeWorld, kubernetes_api: KubernetesApi, written: list[dict[str, Any]], problem: str
) -> None:
    world = make_world(pipeline=pipeline("{kind: argocd, project: argocd/project.yaml, application: web-app-dev}"))
    kubernetes_api.put(application())
    if written:
        add(world, "argocd/project.yaml", *written)

    assert problem in gate(world).reason


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ([], "windows[0].project: there is no file argocd/web-app.yaml"),
        ([application()], "there is no AppProject in argocd/web-app.yaml"),
        (
            [project(DENY, {**DENY, "duration": "1d"})],
            "argocd/web-app.yaml: syncWindows[1]: cannot parse duration '1d'",
        ),
        ([project(DENY)], ""),
    ],
)
def test_validate_looks_at_the_projects_that_windows_name(
    make_world: MakeWorld, written: list[dict[str, Any]], problem: str
) -> None:
    named = '{kind: argocd, project: "argocd/{application}.yaml", application: web-app-dev}'
    world = make_world(pipeline=pipeline(named))
    add(world, "argocd/web-app.yaml" if written else "README.yaml", *written)

    found = [str(each) for each in problems(world.workspace())]

    assert len(found) == bool(problem)
    assert all(problem in each for each in found)
