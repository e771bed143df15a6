"""`promontory init`: what it writes is valid, and plans the one line that a person would have changed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from promontory.repository import create_bare
from tests.cli.conftest import Command
from tests.discovery import repositories

Releases = Mapping[str, str]


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(directory), *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """An empty bare repository's future checkout: `published` fills it."""
    return tmp_path / "gitops"


def published(checkout: Path, files: Mapping[str, str | bytes], environment: pytest.MonkeyPatch) -> Path:
    """The repository that the files are pushed to; the current directory is a checkout of it."""
    bare = checkout.parent / "server" / "gitops.git"
    create_bare(bare, files)
    git(checkout.parent, "clone", "--quiet", str(bare), str(checkout))
    environment.chdir(checkout)
    return bare


def changed_lines(diff: str) -> tuple[list[str], list[str]]:
    """(lines taken away, lines added)."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    return [line[1:] for line in lines if line.startswith("-")], [line[1:] for line in lines if line.startswith("+")]


ONE_LINE = [
    pytest.param(
        repositories.overlays(("dev", "staging", "prod")),
        {"web-app": "v1.2.4"},
        ["dev", "staging", "prod"],
        id="overlays",
    ),
    pytest.param(
        repositories.environments_at_the_root(),
        {"shop": "2.1"},
        ["integration-gpu", "qa", "load-gpu", "staging-eu", "staging-us", "prod-eu", "prod-us"],
        id="envs at the root",
    ),
    pytest.param(
        repositories.environments_of_applications(),
        {"billing": "v1.2.4", "orders": "v1.2.4"},
        ["qa", "staging", "prod-eu", "prod-us"],
        id="envs of applications",
    ),
    pytest.param(
        repositories.clusters(), {"podinfo": "6.5.1", "backend": "1.4.1"}, ["staging", "production"], id="clusters"
    ),
    pytest.param(
        repositories.helm_charts(), {"web-app": "1.2.4", "api": "v2.0.2"}, ["dev", "staging", "prod"], id="helm values"
    ),
    pytest.param(repositories.applications(), {"web-app": "v1.2.4"}, ["dev", "staging", "prod"], id="applications"),
    pytest.param(repositories.application_sets(), {"web-app": "v1.2.4"}, ["dev", "staging", "prod"], id="appsets"),
    pytest.param(repositories.image_policies(), {"web-app": "v1.2.4"}, ["staging", "production"], id="image policies"),
    pytest.param(
        repositories.many_applications(),
        {f"service-{number:02}": "v1.2.4" for number in (0, 17, 29)},
        ["dev", "staging", "production"],
        id="thirty applications",
    ),
]


@pytest.mark.parametrize(("files", "releases", "environments"), ONE_LINE)
def test_every_plan_of_what_it_wrote_changes_one_line(
    files: Mapping[str, str],
    releases: Releases,
    environments: list[str],
    checkout: Path,
    command: Command,
    environment: pytest.MonkeyPatch,
) -> None:
    published(checkout, files, environment)

    written = command("init", "--yes", "--json").json
    validated = command("validate", "--json").json

    assert (list(written["environments"]), validated["ok"], validated["problems"]) == (environments, True, [])
    assert {*releases} <= {*written["applications"]}
    for application, release in releases.items():
        hops = command("plan", application, release, "--json").json["hops"]
        assert [hop["environment"] for hop in hops] == list(written["applications"][application]["current"])
        for hop in hops:
            gone, come = changed_lines(hop["plan"]["diff"])
            assert (len(gone), len(come)) == (1, 1), hop["plan"]["diff"]
            assert come[0].replace(release, "") == gone[0].replace(hop["current"], "")


def test_a_kustomization_without_images_gets_the_entry_that_a_person_would_add(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    published(checkout, repositories.stages(), environment)

    ended = command("init", "--yes")
    hops = command("plan", "guestbook", "v0.2.0", "--json").json["hops"]

    assert ended.code == command("validate").code == 0
    assert [hop["environment"] for hop in hops] == ["test", "uat", "prod"]
    entry = ["images:", "  - name: ghcr.io/acme/guestbook", "    newTag: v0.2.0"]
    assert [changed_lines(hop["plan"]["diff"]) for hop in hops] == [([], entry)] * 3


def test_environment_branches_become_merges(checkout: Path, command: Command, environment: pytest.MonkeyPatch) -> None:
    path = "apps/web-app/deployment.yaml"
    bare = published(checkout, {path: repositories.deployment("web-app", "acme/web-app:v1.2.3")}, environment)
    for name in ("dev", "staging", "production"):
        git(bare, "branch", name, "main")
    (checkout / path).write_text(repositories.deployment("web-app", "acme/web-app:v1.3.0"))
    git(checkout, "commit", "--all", "--message", "Release v1.3.0")
    git(checkout, "tag", "v1.3.0")
    git(checkout, "push", "--quiet", "origin", "main", "v1.3.0")

    ended = command("init", "--yes")
    hops = command("plan", "web-app", "v1.3.0", "--json").json["hops"]

    assert ended.code == command("validate").code == 0
    assert "promontory plan web-app v1.3.0 --to dev" in ended.out
    assert (
        'strategy: {kind: branch, branch: "{environment}", source: main, paths: [apps/web-app]}'
        in (checkout / "promontory.yaml").read_text()
    )
    assert [hop["environment"] for hop in hops] == ["dev", "staging", "production"]
    assert [[len(side) for side in changed_lines(hop["plan"]["diff"])] for hop in hops] == [[1, 1]] * 3


def test_branches_without_version_tags_are_planned_by_commit(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    bare = published(checkout, {"apps/web-app/deployment.yaml": "kind: Deployment\n"}, environment)
    for name in ("dev", "staging"):
        git(bare, "branch", name, "main")

    next_commands = command("init", "--yes", "--json").json["next"]

    assert re.fullmatch(r"promontory plan web-app [0-9a-f]{7} --to dev", next_commands[1])
    assert command(*next_commands[1].split()[1:]).code == 0


def test_branches_beside_overlays_are_not_proposed(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    bare = published(checkout, repositories.overlays(("dev", "staging")), environment)
    git(bare, "branch", "dev", "main")
    git(bare, "branch", "staging", "main")

    ended = command("init", "--yes")

    assert "\nweb-app      dev v1.2.3, staging v1.2.3  images: entries of kustomizations\n" in ended.out
    assert "note: not proposed: the branches dev, staging: files already say which release runs where" in ended.out
    assert "kind: branch" not in (checkout / "promontory.yaml").read_text()


def test_tags_for_environments_are_made_for_the_next_release(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    bare = published(checkout, repositories.following_tags(), environment)
    for name in ("v1.2.3", "v1.2.3-dev", "v1.2.3-staging", "v1.2.3-prod", "v1.2.4"):
        git(bare, "tag", name, "main")

    ended = command("init", "--yes")
    hops = command("plan", "web-app", "v1.2.4", "--json").json["hops"]

    assert ended.code == command("validate").code == 0
    assert "promontory plan web-app v1.2.4 --to dev" in ended.out
    assert [hop["environment"] for hop in hops] == ["dev", "staging", "prod"]
    assert [[len(side) for side in changed_lines(hop["plan"]["diff"])] for hop in hops] == [[1, 1]] * 3


def test_a_file_that_is_there_is_not_overwritten(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    published(checkout, repositories.overlays(("dev",)) | {"promontory.yaml": "mine: true\n"}, environment)

    refused = command("init", "--yes")
    kept = (checkout / "promontory.yaml").read_text()
    forced = command("init", "--yes", "--force")

    assert (refused.code, kept) == (2, "mine: true\n")
    assert "there is a " in refused.err
    assert (
        "promontory.yaml already\n  → overwrite it with --force, or write elsewhere with --output FILE" in refused.err
    )
    assert forced.code == 0
    assert "kind: directory" in (checkout / "promontory.yaml").read_text()


def test_a_link_at_the_place_of_the_file_is_not_written_through(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    published(checkout, repositories.overlays(("dev",)), environment)
    target = checkout.parent / "elsewhere"
    (checkout / "promontory.yaml").symlink_to(target)

    assert command("init", "--yes").code == 2
    assert not target.exists()


def test_a_repository_is_looked_at_by_its_address(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = published(checkout, repositories.overlays(("dev", "staging")), environment)
    environment.chdir(tmp_path)

    ended = command("init", "--yes", "--repository", str(bare), "--output", "mine.yaml")
    next_commands = [line.strip().removeprefix("promontory ") for line in ended.out.partition("next:")[2].splitlines()]

    assert "wrote mine.yaml" in ended.out
    assert [command(*line.split()).code for line in next_commands if line] == [0, 0]
    assert next_commands[2] == f"plan web-app v1.2.4 --to dev --repository {bare} --config mine.yaml"


def test_a_password_in_the_origin_is_not_shown(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    published(checkout, repositories.overlays(("dev",)), environment)
    git(checkout, "remote", "set-url", "origin", "http://ada:hunter2@127.0.0.1:9/gitops.git")

    ended = command("init", "--yes", "--output", "mine.yaml")

    assert ended.code == 1
    assert "127.0.0.1:9/gitops.git" in ended.err
    assert "hunter2" not in ended.out + ended.err


def test_an_address_whose_repository_is_configured_already_is_refused(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = published(checkout, repositories.overlays(("dev",)) | {"promontory.yaml": "mine: true\n"}, environment)
    environment.chdir(tmp_path)

    ended = command("init", "--yes", str(bare))

    assert ended.code == 2
    assert f"{bare} has a promontory.yaml already (main at " in ended.err
    assert not (tmp_path / "promontory.yaml").exists()


def test_a_checkout_without_an_origin_is_looked_at_itself(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    published(checkout, repositories.overlays(("dev",)), environment)
    git(checkout, "remote", "remove", "origin")

    ended = command("init", "--yes")

    assert ended.code == 0
    assert f"promontory validate --repository {checkout} --config {checkout}/promontory.yaml" in ended.out


def test_stdout_holds_the_file_and_nothing_else_where_it_is_asked_for(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    published(checkout, repositories.overlays(("dev",)), environment)

    ended = command("init", "--yes", "--output", "-")

    assert ended.out.startswith("# What moves where")
    assert not (checkout / "promontory.yaml").exists()


def test_a_repository_without_anything_to_promote_says_what_was_looked_for(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    bare = published(checkout, {"README.md": "hello\n"}, environment)

    ended = command("init", "--yes")

    assert (ended.code, ended.out) == (2, "")
    assert f"nothing in {bare} (main at " in ended.err
    assert "1 file) says which release an environment runs" in ended.err
    assert "→ looked for an overlay, a patch, Helm values" in ended.err
    assert not (checkout / "promontory.yaml").exists()


def test_an_empty_repository_is_told(tmp_path: Path, command: Command) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")

    ended = command("init", str(tmp_path / "empty.git"))

    assert ended.code == 2
    assert f"{tmp_path}/empty.git is empty\n  → push a first commit to it" in ended.err


def test_outside_of_a_checkout_it_says_how_to_name_one(
    tmp_path: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.chdir(tmp_path)

    ended = command("init")

    assert ended.code == 2
    assert f"{tmp_path} is not a checkout of a Git repository" in ended.err
    assert "promontory init PATH or --repository URL" in ended.err


def test_what_is_hostile_is_left_out_with_a_note(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    bomb = "image: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a, *a, *a, *a, *a, *a]\n" for n in range(500))
    files: dict[str, str] = repositories.overlays(("dev", "staging")) | {
        "apps/web-app/overlays/dev/bomb.yaml": bomb,
        "apps/web-app/overlays/dev/broken.yaml": "image: [",
        "apps/web-app/overlays/dev/huge.yaml": "image: x:v1\n" + "# padding\n" * 200_000,
        "apps/web-app/overlays/dev/deep.yaml": "image: " + "[" * 5000,
        "apps/web-app/overlays/staging/odd\x1b[2J.yaml": "image: x:v1\n",
    }
    published(checkout, files, environment)
    (checkout / "apps/web-app/overlays/prod").symlink_to("/etc")
    (checkout / "apps/web-app/overlays/dev/link.yaml").symlink_to("/etc/passwd")
    git(checkout, "add", ".")
    git(checkout, "commit", "--message", "Links")
    git(checkout, "push", "--quiet", "origin", "main")

    ended = command("init", "--yes")

    assert ended.code == command("validate").code == 0
    assert "\nweb-app      dev v1.2.3, staging v1.2.3  images: entries of kustomizations\n" in ended.out
    assert "note: larger than 1,000,000 bytes, not read: apps/web-app/overlays/dev/huge.yaml\n" in ended.out
    assert "note: symbolic links are not followed: apps/web-app/overlays/dev/link.yaml\n" in ended.out
    broken = "apps/web-app/overlays/dev/broken.yaml, apps/web-app/overlays/dev/deep.yaml"
    assert f"note: not plain YAML, not read: {broken}\n" in ended.out
    assert "\x1b" not in ended.out + (checkout / "promontory.yaml").read_text()


def test_one_environment_under_two_names_is_one_environment(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    files = repositories.overlays(("dev", "production"), "api") | repositories.overlays(("dev", "prod"), "web-app")
    published(checkout, files | repositories.overlays(("dev", "production"), "worker"), environment)

    written = command("init", "--yes", "--json").json

    assert list(written["environments"]) == ["dev", "production"]
    assert 'production: {path: "apps/{application}/overlays/prod"}' in written["text"]
    assert command("validate").code == 0


def test_a_name_that_tells_nothing_comes_last_and_is_asked_about(
    checkout: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    published(checkout, repositories.overlays(("dev", "staging", "prod", "tenant-x")), environment)

    written = command("init", "--yes", "--json").json

    assert list(written["environments"]) == ["dev", "staging", "prod", "tenant-x"]
    assert written["environments"]["tenant-x"] == ["staging"]
    assert written["questions"] == [
        'where does "tenant-x" belong? Its name does not tell, so it comes after staging; after: says it'
    ]
    assert '    # ? where does "tenant-x" belong?' in written["text"]


def test_asking_for_its_help_imports_neither_git_nor_the_strategies() -> None:
    program = (
        "import sys, promontory.cli.init\n"
        "print([name for name in sys.modules if name in ('git', 'pydantic', 'yaml', 'promontory.discovery')])"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert ended.stdout == "[]\n"
