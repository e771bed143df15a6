"""The tag strategy by itself: which commit a release is, which tag it gets, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from promontory.change import Change, Files, LiveField, TagMove
from promontory.errors import StrategyError, YamlError
from promontory.strategies import STRATEGIES
from promontory.strategies.contract import Strategy
from promontory.strategies.tag import TagStrategy
from tests.strategies.files import DictFiles

GOLDEN = Path(__file__).parent / "golden" / "tag"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.yaml"))
ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
MANIFEST = "kind: Application\nspec:\n  source:\n    targetRevision: {}\n"


@dataclass
class Repository:
    """A fake of `promontory.change.Snapshot`; ``manifest`` is what apps/web-app.yaml follows."""

    names_commits: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    manifest: str = "v1.0.0-staging"
    files: DictFiles | None = None

    def read(self, path: str) -> bytes | None:
        return (self.files or DictFiles({"apps/web-app.yaml": MANIFEST.format(self.manifest)})).read(path)

    def names(self, directory: str) -> tuple[str, ...] | None:
        raise AssertionError(directory)

    def tags(self) -> Mapping[str, str]:
        return self.names_commits

    def head(self, branch: str) -> str | None:
        return self.branches.get(branch)

    def commit(self, name: str) -> str | None:
        ids = (commit for commit in (ONE, TWO, THREE) if len(name) >= 7 and commit.startswith(name))
        return self.names_commits.get(name) or next(ids, None)

    def live(self, field: LiveField) -> str:
        return self.fields[f"{field.context}/{field.namespace}/{field.name}/{field.path}"]

    def at(self, commit: str) -> Files:
        raise AssertionError(commit)

    history = last_change = merge_base = None  # type: ignore[assignment]


def strategy(environment: str = "staging", **options: Any) -> TagStrategy:
    followed = {} if "live" in options or "moving" in options else {"application": "apps/web-app.yaml"}
    made = {"kind": "tag", "tag": f"{{release}}-{environment}", **followed, **options}
    return TagStrategy.model_validate(made)


def change(repository: Repository, release: str, *sources: Strategy, **options: Any) -> Change:
    return strategy(**options).change(repository, release, sources)  # type: ignore[arg-type]


def current(repository: Repository, **options: Any) -> str | None:
    return strategy(**options).current(repository)  # type: ignore[arg-type]


DEV, QA = strategy("dev"), strategy("qa")


@pytest.mark.parametrize("name", CASES)
def test_before_becomes_after_byte_for_byte(name: str) -> None:
    case = yaml.safe_load((GOLDEN / name / "case.yaml").read_bytes())
    before, after = DictFiles.below(GOLDEN / name / "before"), DictFiles.below(GOLDEN / name / "after")
    followed = STRATEGIES["tag"].model_validate({"kind": "tag", **case["options"]})
    repository = Repository({"v1.1.0": ONE}, files=before)
    tag = case["options"]["tag"].replace("{release}", "v1.1.0")

    changed = followed.change(repository, "v1.1.0", ())  # type: ignore[arg-type]

    assert followed.current(repository) == "v1.0.0"  # type: ignore[arg-type]
    assert {edit.path: edit.after for edit in changed.edits} == after.contents
    assert changed.tags == (TagMove(name=tag, commit=ONE),)
    arrived = Repository({"v1.1.0": ONE, tag: ONE}, files=after)
    assert followed.current(arrived) == "v1.1.0"  # type: ignore[arg-type]
    assert followed.change(arrived, "v1.1.0", ()) == Change()  # type: ignore[arg-type]


def test_every_golden_folder_is_a_case() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == set(CASES)
    assert len(CASES) >= 3


@pytest.mark.parametrize(
    ("followed", "release"),
    [
        ("v1.1.0-staging", "v1.1.0"),
        ("refs/tags/v1.1.0-staging", "v1.1.0"),
        ("v1.1.0-rc.1-staging", "v1.1.0-rc.1"),
        ("v1.1.0-dev", None),
        ("-staging", None),
        ("HEAD", None),
        ("feature/x-staging", None),
        ("", None),
        ("null", None),
    ],
)
def test_the_release_is_taken_out_of_what_is_followed(followed: str, release: str | None) -> None:
    assert current(Repository(manifest=followed)) == release


def test_the_commit_is_that_of_the_environment_before() -> None:
    changed = change(Repository({"v1.1.0": ONE, "v1.1.0-dev": TWO}), "v1.1.0", DEV)

    assert changed.tags == (TagMove(name="v1.1.0-staging", commit=TWO),)


def test_environments_before_that_disagree_are_an_error_that_names_both() -> None:
    with pytest.raises(StrategyError) as caught:
        change(Repository({"v1.1.0-dev": ONE, "v1.1.0-qa": TWO}), "v1.1.0", DEV, QA)

    assert caught.value.message == (
        f"the environments before disagree about v1.1.0: v1.1.0-dev is on {ONE[:12]}, v1.1.0-qa on {TWO[:12]}"
    )


def test_an_environment_before_that_never_had_it_has_no_say() -> None:
    assert change(Repository({"v1.1.0-qa": TWO}), "v1.1.0", DEV, QA).tags[0].commit == TWO


def test_a_tag_on_the_same_commit_is_used() -> None:
    changed = change(Repository({"v1.1.0": ONE, "v1.1.0-staging": ONE}), "v1.1.0")

    assert changed.tags == ()
    assert len(changed.edits) == 1


def test_a_tag_on_another_commit_is_an_error_that_names_both() -> None:
    with pytest.raises(StrategyError) as caught:
        change(Repository({"v1.1.0-dev": ONE, "v1.1.0-staging": TWO}), "v1.1.0", DEV)

    assert caught.value.message == (
        f"the tag v1.1.0-staging is on {TWO[:12]} already, and v1.1.0 is {ONE[:12]}; a tag is never moved"
    )


def test_its_own_tag_is_enough_for_a_release_whose_tag_is_gone() -> None:
    assert change(Repository({"v1.1.0-staging": TWO}), "v1.1.0").tags == ()


def test_the_tag_of_a_release_may_be_called_otherwise() -> None:
    repository = Repository({"web-app/v1.1.0": THREE, "v1.1.0": ONE})

    assert change(repository, "v1.1.0", source="web-app/{release}").tags[0].commit == THREE


def test_a_release_may_be_a_commit() -> None:
    assert change(Repository(), "1111111").tags == (TagMove(name="1111111-staging", commit=ONE),)


def test_a_branch_says_which_commit_it_is_the_first_time_only() -> None:
    first = change(Repository(branches={"main": ONE}), "v1.1.0", source="main")
    again = change(Repository({"v1.1.0-staging": ONE}, branches={"main": TWO}), "v1.1.0", source="main")

    assert first.tags == (TagMove(name="v1.1.0-staging", commit=ONE),)
    assert again.tags == ()


def test_where_there_is_an_environment_before_a_branch_has_no_say() -> None:
    with pytest.raises(StrategyError, match=r"v1\.1\.0-dev is not there") as caught:
        change(Repository(branches={"main": ONE}), "v1.1.0", DEV, source="main")

    assert caught.value.remedy == "promote v1.1.0 to the environment before first"


@pytest.mark.parametrize(
    ("release", "options", "message"),
    [
        ("v1.1.0", {}, "no tag v1.1.0 says which commit v1.1.0 is"),
        ("v1.1.0", {"source": "trunk"}, "there is no tag and no branch trunk"),
        ("sha256:" + "0" * 64, {}, "cannot be in a Git tag's name: it contains white space, or one of ~ ^ : ? * [ \\"),
        ("v1.lock", {"tag": "staging/{release}"}, "a part of it begins with . or ends with .lock"),
        ("v1.1.0", {"application": "apps/web.yaml"}, "there is no file apps/web.yaml"),
        ("v1.1.0", {"key": "spec.source"}, "a mapping stands here, not a single value"),
        ("v1.1.0", {"key": "spec.sources[0].targetRevision"}, "no key 'sources'"),
        ("v1.1.0", {"tag": "staging", "moving": True}, "v1.1.0 is neither a tag nor a commit of the repository"),
    ],
)
def test_what_cannot_be_done_is_a_clear_error(release: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(StrategyError) as caught:
        change(Repository(), release, **options)

    assert message in caught.value.message
    assert caught.value.remedy or isinstance(caught.value, YamlError)


def test_an_application_of_another_environment_is_not_taken_over() -> None:
    with pytest.raises(StrategyError) as caught:
        change(Repository({"v1.1.0": ONE}, manifest="v1.0.0-dev"), "v1.1.0", DEV)

    assert caught.value.message == (
        "apps/web-app.yaml follows v1.0.0-dev, which is a tag of the environment before ({release}-dev)"
    )


def test_the_live_application_is_pointed_at_the_tag() -> None:
    live = {"application": "web-app-staging", "context": "europe"}
    place = "europe/argocd/web-app-staging/spec.source.targetRevision"
    repository = Repository({"v1.1.0": ONE}, fields={place: "v1.0.0-staging"})

    changed = change(repository, "v1.1.0", live=live)

    assert current(repository, live=live) == "v1.0.0"
    assert [(move.name, move.before, move.after) for move in changed.fields] == [
        ("web-app-staging", "v1.0.0-staging", "v1.1.0-staging")
    ]
    assert (changed.edits, len(changed.tags)) == ((), 1)


def test_a_moving_tag_is_called_by_the_best_version_of_its_commit() -> None:
    tags = {"staging": ONE, "v1.9.0": ONE, "v1.10.0": ONE, "v1.10.0-rc.1": ONE, "nightly": ONE, "v2.0.0": TWO}

    assert current(Repository(tags), tag="staging", moving=True) == "v1.10.0"
    assert current(Repository({"staging": THREE}), tag="staging", moving=True) == THREE
    assert current(Repository(), tag="staging", moving=True) is None


def test_a_moving_tag_moves_from_where_it_is() -> None:
    changed = change(Repository({"staging": ONE, "v2.0.0": TWO}), "v2.0.0", tag="staging", moving=True)

    assert changed == Change(tags=(TagMove(name="staging", before=ONE, commit=TWO),))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tag": "staging"}, "write {release} into tag, once; or moving: true"),
        ({"tag": "{release}-{release}"}, "write {release} into tag, once"),
        ({"application": None}, "give application (a manifest in Git) or live (in the cluster)"),
        ({"application": "a.yaml", "live": {"application": "a"}}, "give application (a manifest in Git) or live"),
        ({"moving": True}, "write tag without {release}"),
        ({"tag": "staging", "moving": True, "application": "a.yaml"}, "with moving the tag itself is the release"),
        ({"tag": "staging", "moving": True, "source": "main"}, "with moving the tag itself is the release"),
        ({"tag": "a b{release}"}, "cannot be a tag: it contains white space"),
        ({"tag": "-{release}"}, "cannot be a tag: it begins with - or /"),
        ({"tag": "{release}..x"}, "cannot be a tag: it contains .. or @{"),
        ({"tag": "{version}"}, "unknown placeholder {version}"),
        ({"application": "../a.yaml"}, "is not a path inside the repository"),
        ({"key": "spec..x"}, "is not a path into a YAML file"),
        ({"live": {"application": "a/b"}}, "cannot be the name of an object in a cluster"),
        ({"live": {"application": "a", "cluster": "x"}}, "Extra inputs are not permitted"),
        ({"tag": "staging", "moving": "yes"}, "valid boolean"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        strategy(**options)

    assert message in str(caught.value)
