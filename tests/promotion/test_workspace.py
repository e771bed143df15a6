"""Where a run finds its configuration and its repository, and how it stands up to others who push."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from promontory.errors import LostRace, UsageError
from promontory.promotion.choices import Choices, choices_offline
from promontory.promotion.location import open_workspace
from promontory.promotion.survey import survey
from promontory.promotion.workspace import Actor, acting_as
from promontory.repository import create_bare
from promontory.sandbox.sample import create_sample
from promontory.settings import Settings
from tests.promotion.world import Hops, World

ACTOR = Actor("alice", "run-1")
ELSEWHERE = "http://cluster.example"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return create_sample(tmp_path, ELSEWHERE)


@pytest.fixture
def checkout(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of the sample, and we are in a directory of it."""
    path = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(sample), str(path)], check=True)
    monkeypatch.chdir(path / "apps")
    return path


def settings(tmp_path: Path, **values: object) -> Settings:
    return Settings.model_validate({"cache_dir": tmp_path / "cache", **values})


def test_the_configuration_comes_from_the_repository_that_is_named(sample: Path, tmp_path: Path) -> None:
    workspace = open_workspace(settings(tmp_path, repository=str(sample)), ACTOR)

    assert tuple(workspace.config.applications) == ("web-app",)
    assert workspace.config_commit == workspace.repository.head()
    assert survey(workspace, "web-app", "v1.3.0", None, "run-1")
    entry = workspace.entry("held", workspace.config.place("web-app", "dev"), "v1.3.0", "ab12", reason="wait")
    assert (entry.by, entry.run, entry.config) == ("alice", "run-1", workspace.repository.head())


def test_in_a_checkout_it_is_the_file_above_and_the_origin(checkout: Path, sample: Path, tmp_path: Path) -> None:
    workspace = open_workspace(settings(tmp_path), ACTOR)

    assert workspace.config_commit is None
    assert Path(workspace.repository.url.removeprefix("file://")) == sample
    assert workspace.repository.branch == "main"


def test_a_named_file_goes_before_the_repositorys_own(sample: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "applications:\n  shop: {strategy: {kind: directory, path: shop, image: acme/shop}}\nenvironments: {dev: {}}\n"
    )

    workspace = open_workspace(settings(tmp_path, repository=str(sample), config=str(file)), ACTOR)

    assert tuple(workspace.config.applications) == ("shop",)
    assert workspace.config_commit is None


def test_a_file_names_its_repository_and_branch(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "-C", str(sample), "branch", "next", "main"], check=True)
    text = subprocess.run(
        ["git", "-C", str(sample), "show", "main:promontory.yaml"], check=True, capture_output=True, text=True
    ).stdout
    (tmp_path / "promontory.yaml").write_text(f"repository: {{url: '{sample}', branch: next}}\n{text}")
    monkeypatch.chdir(tmp_path)

    assert open_workspace(settings(tmp_path), ACTOR).repository.branch == "next"
    assert open_workspace(settings(tmp_path, branch="main"), ACTOR).repository.branch == "main"


def test_without_any_configuration_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match=r"no promontory\.yaml here or above") as caught:
        open_workspace(settings(tmp_path), ACTOR)
    assert "--repository URL" in caught.value.remedy


def test_a_repository_without_a_configuration_is_named(tmp_path: Path) -> None:
    create_bare(tmp_path / "bare.git", {"README.md": "hello"})

    with pytest.raises(UsageError, match=r"bare\.git has no promontory\.yaml on main"):
        open_workspace(settings(tmp_path, repository=str(tmp_path / "bare.git")), ACTOR)


def test_a_file_outside_of_any_checkout_needs_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "promontory.yaml").write_text(
        "applications:\n  a: {strategy: {kind: directory, path: a, image: a}}\nenvironments:\n  dev: {}\n"
    )
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match="does not lie in a checkout"):
        open_workspace(settings(tmp_path), ACTOR)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.yaml cannot be read"):
        open_workspace(settings(tmp_path, config=str(tmp_path / "nothing.yaml")), ACTOR)


def test_somebody_else_may_act_in_the_same_run(world: World) -> None:
    workspace = world.workspace("ci", run="run-1")

    assert acting_as(workspace, "bob").actor == Actor("bob", "run-1")


def test_a_race_is_run_again_on_a_fresh_state(world: World) -> None:
    workspace = world.workspace()
    heads: list[str] = []

    def attempt() -> str:
        heads.append(workspace.repository.head())
        if len(heads) == 1:
            world.edit("README.md", "GitOps", "Our GitOps")
            raise LostRace("somebody pushed first")
        return "done"

    assert workspace.racing(attempt) == "done"
    assert heads[1] == world.git("rev-parse", "main").strip() != heads[0]


def test_an_error_is_not_a_race(world: World) -> None:
    workspace = world.workspace()
    attempts: list[int] = []

    def attempt() -> None:
        attempts.append(1)
        raise UsageError("no")

    with pytest.raises(UsageError):
        workspace.racing(attempt)
    assert attempts == [1]


def test_what_was_decided_on_an_older_ledger_is_not_recorded(world: World) -> None:
    workspace = world.workspace()
    seen = workspace.ledger_head()
    Hops(workspace).append("held", "dev", "v1.1.0")
    entry = workspace.entry("lifted", workspace.config.place("web-app", "dev"), "v1.1.0", "ab12")

    with pytest.raises(LostRace):
        workspace.append_at([entry], seen)

    assert world.kinds("dev") == ["held"]


def test_forms_offer_the_names_of_the_configuration(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)

    assert choices_offline() == Choices(("web-app",), ("dev", "staging", "production"))


def test_forms_offer_what_was_fetched_last_without_the_network(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMONTORY_REPOSITORY", str(sample))
    monkeypatch.setenv("PROMONTORY_CACHE_DIR", str(tmp_path / "cache"))
    assert choices_offline() == Choices()
    open_workspace(settings(tmp_path, repository=str(sample)), ACTOR)
    sample.rename(tmp_path / "gone.git")

    assert choices_offline().applications == ("web-app",)


@pytest.mark.parametrize("content", [None, "", "applications: [", "\xff\xfe"])
def test_forms_do_without_names_where_there_are_none(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "promontory.yaml").write_bytes(content.encode("latin-1"))

    assert choices_offline() == Choices()


def test_forms_do_without_names_where_the_settings_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMONTORY_GIT_TIMEOUT", "soon")

    assert choices_offline() == Choices()
