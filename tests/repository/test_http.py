"""Over smart HTTP with credentials: they arrive where they belong, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from promontory.errors import AuthenticationFailed, PromontoryError, PushRefused, RepositoryNotFound, TransientError
from promontory.repository import Repository, create_bare
from tests.repository.conftest import FILES, WEB, Open, change, git
from tests.repository.servers import PASSWORD, USERNAME, HttpServer, http_backend, serving_http

pytestmark = pytest.mark.skipif(http_backend() is None, reason="git-http-backend is not installed")

ENCODED = quote(PASSWORD, safe="")


@pytest.fixture
def server(origin: Path) -> Iterator[HttpServer]:
    git(origin, "config", "http.receivepack", "true")
    with serving_http(origin.parent) as running:
        yield running


def url_of(server: HttpServer, userinfo: str = "") -> str:
    return f"{server.url.replace('://', f'://{userinfo}')}/gitops.git"


def promote(repository: Repository, origin: Path) -> None:
    assert repository.files(repository.head()).read("run.sh") == FILES["run.sh"].encode()
    repository.push([change(repository, WEB, b"images: []\n")])
    assert git(origin, "show", f"main:{WEB}") == "images: []"


def test_credentials_from_the_settings(server: HttpServer, origin: Path, open_repository: Open) -> None:
    promote(open_repository(url_of(server), username=USERNAME, password=SecretStr(PASSWORD)), origin)


def test_credentials_from_the_address(server: HttpServer, origin: Path, open_repository: Open) -> None:
    repository = open_repository(url_of(server, f"{USERNAME}:{ENCODED}@"))

    promote(repository, origin)

    assert repository.url == url_of(server)
    assert repository.remote_tags(url_of(server, f"{USERNAME}:{ENCODED}@")) == ()


def test_credentials_from_the_users_own_helper(
    server: HttpServer, origin: Path, open_repository: Open, tmp_path: Path
) -> None:
    (tmp_path / "store").write_text(f"{server.url.replace('://', f'://{USERNAME}:{ENCODED}@')}\n")
    git(tmp_path, "config", "--global", "credential.helper", f"store --file={tmp_path / 'store'}")

    promote(open_repository(url_of(server)), origin)


def test_settings_win_over_a_stale_password_in_the_users_helper(
    server: HttpServer, origin: Path, open_repository: Open, tmp_path: Path
) -> None:
    stale = server.url.replace("://", f"://{USERNAME}:stale@") + "\n"
    (tmp_path / "store").write_text(stale)
    git(tmp_path, "config", "--global", "credential.helper", f"store --file={tmp_path / 'store'}")

    promote(open_repository(url_of(server), username=USERNAME, password=SecretStr(PASSWORD)), origin)

    assert (tmp_path / "store").read_text() == stale


@pytest.mark.parametrize("password", [None, SecretStr("wrong-one")])
def test_missing_or_wrong_password(server: HttpServer, open_repository: Open, password: SecretStr | None) -> None:
    with pytest.raises(AuthenticationFailed, match="PROMONTORY_GIT_PASSWORD") as refused:
        open_repository(url_of(server), username=USERNAME, password=password)

    assert "wrong-one" not in str(refused.value)


def test_password_is_not_sent_where_a_redirect_leads(server: HttpServer, open_repository: Open, tmp_path: Path) -> None:
    with serving_http(tmp_path) as elsewhere:
        server.redirect_to = elsewhere.url.replace("127.0.0.1", "localhost")

        with pytest.raises(AuthenticationFailed):
            open_repository(url_of(server), username=USERNAME, password=SecretStr(PASSWORD))

        assert elsewhere.authorizations
        assert set(elsewhere.authorizations) == {None}


def test_missing_permission_to_push(server: HttpServer, origin: Path, open_repository: Open) -> None:
    server.read_only = True
    repository = open_repository(url_of(server), username=USERNAME, password=SecretStr(PASSWORD))

    with pytest.raises(PushRefused, match="contents: write"):
        repository.push([change(repository, WEB, b"images: []\n")])


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, TransientError), (503, TransientError), (429, TransientError), (404, RepositoryNotFound)],
)
def test_server_trouble(server: HttpServer, open_repository: Open, status: int, error: type[PromontoryError]) -> None:
    server.status = status

    with pytest.raises(error):
        open_repository(url_of(server))


def test_refused_connection_is_transient(origin: Path, open_repository: Open) -> None:
    with serving_http(origin.parent) as server:
        url = url_of(server)

    with pytest.raises(TransientError, match="cannot be reached"):
        open_repository(url)


def test_password_is_nowhere_to_be_seen(
    server: HttpServer,
    origin: Path,
    open_repository: Open,
    recorded_git: Path,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    repository = open_repository(url_of(server, f"{USERNAME}:{ENCODED}@"))
    promote(repository, origin)
    server.status = 403
    with pytest.raises(PromontoryError) as failed:
        repository.sync()

    arguments = recorded_git.read_text()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    seen = [arguments, caplog.text, str(failed.value), repr(failed.value), repr(vars(repository)), str(stored)]
    assert "fast-import" in arguments
    assert not [text for text in seen if PASSWORD in text or ENCODED in text]


def test_the_password_does_not_go_to_the_server_of_another_repository(
    server: HttpServer, origin: Path, open_repository: Open
) -> None:
    """promontory.yaml may name any server as the place where releases come from."""
    elsewhere = open_repository(str(origin), username=USERNAME, password=SecretStr(PASSWORD))

    with pytest.raises(AuthenticationFailed):
        elsewhere.remote_tags(url_of(server))
    with pytest.raises(AuthenticationFailed):
        elsewhere.beside(url_of(server)).sync()


def test_another_repository_of_the_same_server_is_reached_with_the_same_password(
    server: HttpServer, origin: Path, open_repository: Open, tmp_path: Path
) -> None:
    commit = create_bare(origin.parent / "code.git", {"main.py": "print(1)\n"})
    git(origin.parent / "code.git", "tag", "v1", commit)
    repository = open_repository(url_of(server), username=USERNAME, password=SecretStr(PASSWORD))
    other = f"{server.url}/code.git"

    beside = repository.beside(other)
    beside.sync()

    assert repository.remote_tag(other, "v1") == commit
    assert repository.remote_tag(other, "v2") is None
    assert beside.files(commit).read("main.py") == b"print(1)\n"
    beside.close()
