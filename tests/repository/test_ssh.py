"""Over ssh, with a real sshd: keys, host keys, and no questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.errors import AuthenticationFailed, RepositoryNotFound, TransientError
from tests.repository.conftest import WEB, Open, change, git
from tests.repository.servers import SshServer, serving_ssh


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with serving_ssh(tmp_path_factory.mktemp("ssh") / "server") as running:
        if running is None:
            pytest.skip("sshd is not installed, or cannot run here")
        yield running


def url_of(server: SshServer, path: Path) -> str:
    return f"ssh://{server.user}@127.0.0.1:{server.port}{path}"


def test_promotes_with_a_key_and_a_known_host(server: SshServer, origin: Path, open_repository: Open) -> None:
    repository = open_repository(url_of(server, origin), ssh_key=server.key, known_hosts=server.known_hosts)

    repository.push([change(repository, WEB, b"images: []\n")])

    assert git(origin, "show", f"main:{WEB}") == "images: []"


def test_unknown_host_is_not_trusted(server: SshServer, origin: Path, open_repository: Open, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(
        AuthenticationFailed, match=r"(?s)host key.*ssh-keyscan.*fingerprint.*PROMONTORY_SSH_KNOWN_HOSTS"
    ):
        open_repository(url_of(server, origin), ssh_key=server.key, known_hosts=tmp_path / "empty")


def test_key_that_the_server_does_not_know(
    server: SshServer, origin: Path, open_repository: Open, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("not a key")

    with pytest.raises(AuthenticationFailed, match="refused the ssh key"):
        open_repository(url_of(server, origin), ssh_key=tmp_path / "key", known_hosts=server.known_hosts)


def test_missing_repository(server: SshServer, tmp_path: Path, open_repository: Open) -> None:
    with pytest.raises(RepositoryNotFound):
        open_repository(url_of(server, tmp_path / "no.git"), ssh_key=server.key, known_hosts=server.known_hosts)


def test_no_server_is_transient(server: SshServer, origin: Path, open_repository: Open) -> None:
    with pytest.raises(TransientError):
        open_repository(f"ssh://{server.user}@127.0.0.1:1{origin}", known_hosts=server.known_hosts)
