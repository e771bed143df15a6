from __future__ import annotations

import pytest

from config.samples import APPLICATIONS, ENVIRONMENTS, problems, read
from promontory.config import ForgeOptions

BASE = APPLICATIONS + ENVIRONMENTS


def test_the_forge_is_read() -> None:
    config = read(BASE + "forge: {kind: gitlab, url: https://git.acme.example, repository: acme/gitops}")

    assert config.forge == ForgeOptions(kind="gitlab", url="https://git.acme.example", repository="acme/gitops")


def test_all_of_it_can_be_left_out() -> None:
    assert read(BASE).forge is None
    assert read(BASE + "forge: {kind: gitea}").forge == ForgeOptions(kind="gitea")


@pytest.mark.parametrize(
    ("forge", "problem"),
    [
        ("{kind: gitlob}", '3:9: forge.kind: unknown kind "gitlob" (did you mean "gitlab"?)'),
        ("{kind: svn}", '3:9: forge.kind: unknown kind "svn" (known: gitea, github, gitlab)'),
        ("{kind: [github]}", "3:9: forge.kind: must be text, not a list"),
        ("{token: x}", '3:9: forge.token: unknown key "token" (known: kind, url, repository)'),
        ("github", "3:1: forge: must be a mapping, not text"),
        ("{repository: ''}", "3:9: forge.repository: must not be empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(forge: str, problem: str) -> None:
    (found, *_) = problems(BASE + f"forge: {forge}\n")

    assert found == f"promontory.yaml:{problem}"


@pytest.mark.parametrize(
    "url",
    [
        "git.acme.example",
        "ssh://git@git.acme.example",
        "https://bot:s3cret@git.acme.example",
        "https://git.acme.example?x=1",
        "https://git.acme.example#x",
        "https://",
        "https://git.acme.example:x",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    (problem,) = problems(BASE + f"forge: {{url: '{url}'}}\n")

    assert problem.endswith(
        "forge.url: give the forge's address without user name, password and query: https://git.acme.example"
    )
    assert "s3cret" not in problem
