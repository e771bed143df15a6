"""`promontory releases`, and the commands that take a release that is not named."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.sandbox.sample import sample_files
from tests.cli.conftest import NOWHERE, Command, Sample

SOURCE = "    releases: {kind: git-tags, policy: {semver: '>=1.0 <2'}}\n"


@pytest.fixture
def published(sample: Sample, tmp_path: Path, environment: pytest.MonkeyPatch) -> Sample:
    """The sample with tags, and a configuration that says that they are its releases."""
    for tag in ("v1.1.0", "v1.2.0", "v1.3.0", "v1.10.0", "v2.0.0", "nightly"):
        sample.git("tag", tag, "main")
    config = sample_files(NOWHERE)["promontory.yaml"].decode()
    path = tmp_path / "mine.yaml"
    path.write_text(config.replace("  web-app:\n", f"  web-app:\n{SOURCE}", 1))
    environment.setenv("PROMONTORY_CONFIG", str(path))
    return sample


def test_releases_are_listed_newest_first_with_the_chosen_one_and_where_they_run(
    published: Sample, command: Command
) -> None:
    published.promote("v1.3.0", "dev")

    ended = command("releases", "web-app")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "web-app   from the tags of the GitOps repository, latest by policy semver >=1.0 <2",
        "",
        "RELEASE  POLICY   RUNS IN",
        "v1.10.0  latest   —",
        "v1.3.0   —        dev",
        "v1.2.0   —        staging, production",
        "v1.1.0   —        —",
        "v2.0.0   outside  —",
        "nightly  outside  —",
    ]


def test_a_limit_shortens_the_list_and_says_so(published: Sample, command: Command) -> None:
    ended = command("releases", "web-app", "--limit", "2")

    assert [line.split()[0] for line in ended.out.splitlines()[3:5]] == ["v1.10.0", "v1.3.0"]
    assert "and 4 more: --limit 0 lists them all" in ended.out
    assert "nightly" in command("releases", "web-app", "--limit", "0").out


def test_json_is_one_document(published: Sample, command: Command) -> None:
    ended = command("releases", "web-app", "--json", "--limit", "1")

    assert (ended.code, ended.err) == (0, "")
    assert ended.json == {
        "application": "web-app",
        "source": "the tags of the GitOps repository",
        "rule": "policy semver >=1.0 <2",
        "latest": "v1.10.0",
        "total": 6,
        "releases": [{"release": "v1.10.0", "latest": True, "accepted": True, "environments": []}],
        "elsewhere": {},
    }


def test_what_runs_without_being_published_is_told(published: Sample, command: Command) -> None:
    published.git("tag", "-d", "v1.2.0")

    assert "staging runs v1.2.0, which is not among them" in command("releases", "web-app").err


def test_an_application_without_a_source_says_what_to_write(sample: Sample, command: Command) -> None:
    ended = command("releases", "web-app")

    assert (ended.code, ended.out) == (2, "")
    assert "nobody knows which releases of web-app there are: it has no `releases:`" in ended.err
    assert "→ name the release, or say in promontory.yaml where its releases are published" in ended.err


def test_an_unknown_application_is_refused(sample: Sample, command: Command) -> None:
    ended = command("releases", "web-ap")

    assert (ended.code, ended.out) == (2, "")
    assert 'did you mean "web-app"?' in ended.err


# --- plan, promote, trigger -----------------------------------------------------------------------------------------


def test_a_plan_shows_what_the_word_came_to(published: Sample, command: Command) -> None:
    ended = command("plan", "web-app", "latest", "--to", "dev")

    assert ended.code == 0
    told = "latest → v1.10.0 (policy semver >=1.0 <2, of 6 in the tags of the GitOps repository)"
    assert ended.out.splitlines()[1] == told
    assert "+    newTag: v1.10.0    # promoted by Promontory" in ended.out


def test_a_plan_for_a_range_says_so_in_json(published: Sample, command: Command) -> None:
    ended = command("plan", "web-app", ">=1.2 <1.10", "--to", "dev", "--json")

    assert ended.json["release"] == "v1.3.0"
    why = "newest in >=1.2 <1.10, of 6 in the tags of the GitOps repository"
    assert ended.json["resolved"] == {"web-app": {"release": "v1.3.0", "asked": ">=1.2 <1.10", "why": why}}


@pytest.mark.parametrize("words", [("web-app", "=1.3.0"), ("web-app==1.3.0",), ("web-app=>=1.2 <1.10",)])
def test_an_equals_sign_of_a_range_is_not_the_one_after_a_name(
    published: Sample, command: Command, words: tuple[str, ...]
) -> None:
    assert command("plan", *words, "--to", "dev", "--json").json["release"] == "v1.3.0"


def test_a_plan_for_what_is_verified_needs_no_source(sample: Sample, command: Command) -> None:
    sample.promote("v1.3.0", "dev")

    ended = command("plan", "web-app", "verified", "--to", "staging")

    assert ended.out.splitlines()[1] == "verified → v1.3.0 (newest that is verified in dev)"


def test_a_plan_for_a_named_release_says_nothing_more(published: Sample, command: Command) -> None:
    assert "→ v1.3.0 (" not in command("plan", "web-app", "v1.3.0", "--to", "dev").out


@pytest.mark.parametrize("name", ["plan", "promote", "trigger"])
@pytest.mark.parametrize("asked", [">=1.2 <", "^latest", "1,,2"])
def test_a_bad_range_is_refused_before_anything_starts(command: Command, name: str, asked: str) -> None:
    ended = command(name, "web-app", asked)

    assert (ended.code, ended.out) == (2, "")
    assert f"{asked!r} is no range of versions" in ended.err
    assert "→ give a version such as v1.3.0, latest, verified, or a range such as '>=1.2 <2'" in ended.err


def test_a_hold_is_of_a_release_that_is_named(sample: Sample, command: Command) -> None:
    ended = command("hold", "add", "web-app", "dev", ">=1", "--reason", "no")

    assert (ended.code, ended.out) == (2, "")
    assert "cannot be a release" in ended.err
