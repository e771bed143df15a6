"""TLS as promontory.yaml says it, against real servers with certificates of an authority of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from promontory.errors import TransientError, UsageError
from promontory.exchange.answer import Answer
from promontory.exchange.call import Call
from promontory.exchange.client import fetch
from promontory.exchange.tls import Tls
from tests.exchange.certificates import Authority
from tests.servers import PromptServer


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def serving(authority: Authority, *hosts: str, clients: bool = False) -> Iterator[str]:
    with PromptServer(host="127.0.0.1", ssl_context=authority.server_context(*hosts, clients=clients)) as server:
        server.expect_request("/").respond_with_data("ok")
        yield server.url_for("/")


def ask(url: str, **tls: object) -> Answer:
    return asyncio.run(fetch(Call(url, tls=Tls.model_validate(tls)), timedelta(seconds=30)))


def test_a_server_of_an_authority_that_nobody_trusts_is_no_answer(authority: Authority) -> None:
    with serving(authority, "127.0.0.1") as url, pytest.raises(TransientError, match=r"^TLS failed: unable to get "):
        ask(url)


def test_an_authority_of_ones_own_is_trusted(authority: Authority) -> None:
    with serving(authority, "127.0.0.1") as url:
        assert ask(url, ca=str(authority.file)).status == 200


def test_only_that_authority_is_trusted_then(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")

    with serving(authority, "127.0.0.1") as url, pytest.raises(TransientError, match="TLS failed"):
        ask(url, ca=str(other.file))


def test_a_certificate_for_another_name_is_no_answer(authority: Authority) -> None:
    with serving(authority, "web.acme.example") as url, pytest.raises(TransientError, match="not valid for '127"):
        ask(url, ca=str(authority.file))


def test_the_name_in_the_certificate_can_be_told(authority: Authority) -> None:
    with serving(authority, "web.acme.example") as url:
        assert ask(url, ca=str(authority.file), server_name="web.acme.example").status == 200
        with pytest.raises(TransientError, match="not valid for 'api"):
            ask(url, ca=str(authority.file), server_name="api.acme.example")


def test_any_certificate_is_believed_where_that_is_asked_for(authority: Authority) -> None:
    with serving(authority, "web.acme.example") as url:
        assert ask(url, verify=False).status == 200


def test_a_certificate_is_shown_to_servers_that_want_one(authority: Authority) -> None:
    client = authority.issue("promontory")

    with serving(authority, "127.0.0.1", clients=True) as url:
        own = {"certificate": str(client.certificate), "key": str(client.key)}
        assert ask(url, ca=str(authority.file), **own).status == 200
        with pytest.raises(TransientError):
            ask(url, ca=str(authority.file))


def test_one_file_can_hold_the_certificate_and_its_key(authority: Authority, tmp_path: Path) -> None:
    client = authority.issue("promontory")
    both = tmp_path / "both.pem"
    both.write_bytes(client.certificate.read_bytes() + client.key.read_bytes())

    with serving(authority, "127.0.0.1", clients=True) as url:
        assert ask(url, ca=str(authority.file), certificate=str(both)).status == 200


def test_a_renewed_certificate_counts_at_once(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "trusted.pem"
    file.write_bytes(Authority(tmp_path, "old").file.read_bytes())

    with serving(authority, "127.0.0.1") as url:
        with pytest.raises(TransientError):
            ask(url, ca=str(file))
        file.write_bytes(authority.file.read_bytes())
        assert ask(url, ca=str(file)).status == 200


class TestFiles:
    def test_a_missing_authority_is_named(self) -> None:
        message = r"^the authorities in /nowhere/ca.pem cannot be read: No such file or directory"

        with pytest.raises(UsageError, match=message):
            ask("https://127.0.0.1:1/", ca="/nowhere/ca.pem")

    def test_what_is_no_certificate_is_named_and_not_shown(self, tmp_path: Path) -> None:
        file = tmp_path / "passwd"
        file.write_text("root:secret")

        with pytest.raises(UsageError) as caught:
            ask("https://127.0.0.1:1/", ca=str(file))

        assert str(file) in caught.value.message
        assert "secret" not in str(caught.value)

    def test_a_key_with_a_passphrase_is_an_error_and_asks_nobody(self, authority: Authority) -> None:
        client = authority.issue("promontory", passphrase=b"hunter2")

        with pytest.raises(
            UsageError, match=r"promontory.crt with .*promontory.key cannot be used: .*wants a passphrase"
        ):
            ask("https://127.0.0.1:1/", certificate=str(client.certificate), key=str(client.key))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ca": "ca.pem"}, "'ca.pem' is not an absolute path: it is looked for on the machine that runs the check"),
        ({"key": "/k.pem"}, "a key belongs to a certificate: name that, too"),
        ({"ca": "/ca.pem", "verify": False}, "verify: false trusts anybody, so that ca: would mean nothing"),
        ({"server_name": "a b"}, "should match pattern"),
        ({"cert": "/c.pem"}, "Extra inputs are not permitted"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Tls.model_validate(options)


def test_believing_anybody_is_doubted() -> None:
    assert Tls().doubts == ()
    assert Tls(verify=False).doubts == (
        "verify: false believes any certificate: whoever sits in between can answer for the server",
    )
