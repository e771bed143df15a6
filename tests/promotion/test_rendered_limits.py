"""What may not be rendered, or not be written to an environment's branch; a small program stands in for kustomize."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promontory.errors import PlanChanged, RenderingError, StrategyError
from promontory.model import Place
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.validation import problems
from tests.promotion.hydrated import STRATEGY, Hydrated, files
from tests.rendering.programs import CONCATENATE, install, put_first

Make = Callable[..., Hydrated]
STAGING = Place("web-app", "staging")


@pytest.fixture(autouse=True)
def kustomize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put_first(monkeypatch, tmp_path / "bin")
    return install(tmp_path / "bin", "kustomize", CONCATENATE)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Hydrated] = []

    def create(**applications: str) -> Hydrated:
        named = {name.replace("_", "-"): options for name, options in applications.items()}
        made.append(Hydrated.create(tmp_path, named or {"web-app": STRATEGY}))
        return made[-1]

    yield create
    for each in made:
        each.world.close()


@pytest.fixture
def hydrated(make: Make) -> Hydrated:
    return make()


@pytest.mark.parametrize(("one", "other"), [("{application}", "."), ("apps", "apps/api"), ("same", "same")])
def test_directories_that_overlap_are_a_problem_and_are_not_promoted_to(make: Make, one: str, other: str) -> None:
    hydrated = make(
        web_app=STRATEGY.replace("'{application}'", f"'{one}'"), api=STRATEGY.replace("'{application}'", f"'{other}'")
    )
    hydrated.release("v1.0.0")

    found = problems(hydrated.world.workspace())

    assert len(found) == 3
    assert "is written by" in found[0].message
    assert "side by side" in found[0].remedy
    with pytest.raises(StrategyError, match="is written by"):
        hydrated.promote("v1.0.0", to="dev")


def test_neighbours_with_names_that_begin_alike_do_not_overlap(make: Make) -> None:
    hydrated = make(
        web_app=STRATEGY.replace("'{application}'", "apps"), api=STRATEGY.replace("'{application}'", "apps-too")
    )

    assert problems(hydrated.world.workspace()) == ()


def test_a_directory_that_is_not_there_is_a_problem(make: Make) -> None:
    hydrated = make(web_app=STRATEGY.replace("apps/{application}", "aps/{application}"))

    messages = [problem.message for problem in problems(hydrated.world.workspace())]

    assert "staging: there is no directory aps/web-app/staging on the repository's branch" in messages
    assert len(messages) == 3


def test_a_branch_that_releases_should_come_from_and_that_is_not_there_is_a_problem(make: Make) -> None:
    hydrated = make(web_app=f"{STRATEGY}, from: release")

    assert problems(hydrated.world.workspace())[0].message.endswith("there is no branch release")


def test_a_release_without_the_directory_names_both(hydrated: Hydrated) -> None:
    commit = hydrated.commit(dict.fromkeys(files("web-app", "v0")), tag="v1.1.0")

    with pytest.raises(RenderingError) as caught:
        hydrated.promote("v1.1.0", to="dev")

    assert caught.value.message == f"{commit[:12]} has no directory apps/web-app/dev"


def test_what_fails_to_render_pushes_nothing(hydrated: Hydrated, kustomize: Path) -> None:
    hydrated.release("v1.1.0")
    install(kustomize.parent, "kustomize", "sys.stderr.write('Error: no such base'); sys.exit(1)")

    with pytest.raises(RenderingError, match=r"^kustomize failed with exit code 1: Error: no such base$"):
        hydrated.promote("v1.1.0", to="dev")

    assert "env/dev" not in hydrated.world.git("branch", "--list")


def test_a_release_that_renders_nothing_does_not_empty_the_environment(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    hydrated.commit(
        {f"apps/web-app/dev/{kind}.yaml": "# nothing\n" for kind in ("Deployment", "Service")}, tag="v1.2.0"
    )

    with pytest.raises(RenderingError, match="kustomize printed no objects"):
        hydrated.promote("v1.2.0", to="dev", run="run-2")


def test_a_link_on_the_branch_is_not_written_through(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    link(hydrated, "web-app/deployment-web-app.yaml")
    hydrated.release("v1.2.0")

    with pytest.raises(StrategyError, match=r"^web-app/deployment-web-app\.yaml on the branch is no plain file"):
        hydrated.promote("v1.2.0", to="dev", run="run-2")


def test_a_link_that_somebody_left_in_the_directory_goes(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    link(hydrated, "web-app/elsewhere")
    hydrated.release("v1.2.0")

    hydrated.promote("v1.2.0", to="dev", run="run-2")

    assert hydrated.names("dev") == ["web-app/deployment-web-app.yaml", "web-app/service-web-app.yaml"]


def link(hydrated: Hydrated, path: str) -> None:
    """A symbolic link on env/dev that leads out of the repository, made with git alone."""
    blob = hydrated.world.git("hash-object", "-w", "--stdin", stdin="../../etc/passwd").strip()
    listing = hydrated.world.git("ls-tree", "env/dev:web-app").splitlines()
    name = path.removeprefix("web-app/")
    kept = [line for line in listing if not line.endswith(f"\t{name}")]
    inner = hydrated.world.git("mktree", stdin="\n".join([*kept, f"120000 blob {blob}\t{name}"]) + "\n").strip()
    tree = hydrated.world.git("mktree", stdin=f"040000 tree {inner}\tweb-app\n").strip()
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example")
    commit = hydrated.world.git(*person, "commit-tree", "-p", "env/dev", "-m", "Link", tree).strip()
    hydrated.world.git("update-ref", "refs/heads/env/dev", commit)


def test_a_file_where_the_directory_should_be_is_not_replaced(hydrated: Hydrated) -> None:
    hydrated.commit({"web-app": "a file\n"}, branch="env/dev")
    hydrated.release("v1.1.0")

    with pytest.raises(StrategyError, match=r"^web-app is a file on the branch, not a directory"):
        hydrated.promote("v1.1.0", to="dev")


def test_the_push_makes_the_same_again_and_renders_only_once(
    hydrated: Hydrated, kustomize: Path, tmp_path: Path
) -> None:
    count = f"open({str(tmp_path / 'runs')!r}, 'a').write('x')\n"
    install(kustomize.parent, "kustomize", count + CONCATENATE)
    hydrated.release("v1.1.0")

    hydrated.promote("v1.1.0", to="dev")

    assert (tmp_path / "runs").read_text() == "x"


def test_a_push_that_loses_the_race_writes_on_the_new_head(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    hydrated.release("v1.2.0")
    hops = hydrated.hops("run-2")
    hop = hops.hop("v1.2.0", "dev")
    plan = hops.plan(hop)
    hydrated.commit({"README.md": "mine\n"}, branch="env/dev")

    deliver(hops.workspace, hop, plan)

    assert hydrated.show("dev", "README.md") == "mine\n"
    assert "v1.2.0-dev" in hydrated.show("dev")


def test_an_edit_by_hand_after_the_plan_is_another_change(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    hydrated.release("v1.2.0")
    hops = hydrated.hops("run-2")
    hop = hops.hop("v1.2.0", "dev")
    plan, _ = plan_hop(hops.workspace, hop)
    hydrated.commit({"web-app/service-web-app.yaml": "by hand\n"}, branch="env/dev")
    hops.workspace.repository.sync()

    with pytest.raises(PlanChanged):
        deliver(hops.workspace, hop, plan)


def test_an_approval_is_for_one_commit_whatever_its_tag_is_moved_to(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    before = hydrated.plan("v1.1.0").digest
    hydrated.world.git("tag", "-f", "v1.1.0", hydrated.commit({"README.md": "other\n"}))

    assert hydrated.plan("v1.1.0").digest != before


def test_links_that_lead_out_are_not_there_to_be_rendered(hydrated: Hydrated, kustomize: Path) -> None:
    install(
        kustomize.parent,
        "kustomize",
        "print(f\"kind: X\\nmetadata: {{name: {'-'.join(sorted(os.listdir('apps/web-app')))}}}\")",
    )
    blob = hydrated.world.git("hash-object", "-w", "--stdin", stdin="/etc").strip()
    dry = hydrated.world.git("ls-tree", "main:apps/web-app")
    inner = hydrated.world.git("mktree", stdin=f"{dry}120000 blob {blob}\tzz\n").strip()
    apps = hydrated.world.git("mktree", stdin=f"040000 tree {inner}\tweb-app\n").strip()
    tree = hydrated.world.git("mktree", stdin=f"040000 tree {apps}\tapps\n").strip()
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example")
    commit = hydrated.world.git(*person, "commit-tree", "-p", "main", "-m", "Link", tree).strip()
    hydrated.world.git("update-ref", "refs/heads/main", commit)

    hydrated.promote(commit, to="dev")

    assert hydrated.names("dev") == ["web-app/x-dev-production-staging.yaml"]
