"""`signers:` in promontory.yaml, and what the repository is called by it."""

from __future__ import annotations

import pytest

from promontory.config import Signers, load
from promontory.errors import ConfigurationError
from promontory.promotion.vocabulary import VOCABULARY

REST = """\
applications: {web-app: {strategy: {kind: directory, path: a, image: a}}}
environments: {production: {approval: {signed: true}}}
"""


def signers(text: str) -> Signers:
    found = load(f"signers: {text}\n{REST}", file="promontory.yaml", vocabulary=VOCABULARY).signers
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "name a file of keys: ssh, gpg, or both"),
        ("{ssh: /etc/passwd}", "is no file of the repository"),
        ("{ssh: ../signers}", "is no file of the repository"),
        ("{ssh: a//b}", "is no file of the repository"),
        ("{gpg: keys, sssh: a}", 'unknown key "sssh"'),
        ("{ssh: a, repository: ['https://me:secret@git.acme.example/x']}", "credentials in a URL"),
        ("{ssh: a, repository: ['https://h/x.git', 'git@h:x']}", "two addresses mean the same repository"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        signers(text)

    assert told in str(caught.value)
    assert "secret" not in str(caught.value)
    assert {problem.line for problem in caught.value.problems} == {1}


@pytest.mark.parametrize(
    "url",
    [
        "https://git.acme.example/acme/gitops",
        "ssh://git@git.acme.example:2222/acme/gitops.git",
        "git@git.acme.example:acme/gitops",
    ],
)
def test_a_repository_is_called_the_same_whatever_way_it_is_reached(url: str) -> None:
    assert signers("{ssh: a}").names(url) == ("git.acme.example/acme/gitops",)


def test_it_is_called_by_the_first_address_that_is_listed_and_a_copy_by_none() -> None:
    listed = signers("{ssh: a, repository: ['https://git.acme.example/gitops', 'git@mirror:gitops']}")

    assert listed.names("https://mirror/gitops.git") == ("git.acme.example/gitops", "mirror/gitops")
    assert listed.names("https://git.acme.example/mallory/gitops") == ()
    assert signers("{ssh: a}").names("/srv/gitops.git") == ("/srv/gitops",)
