"""`promontory approve --sign`, from a key to the push, as a person types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from promontory.change import FileEdit, FileEdits
from promontory.cli.signing_key import signing_key
from promontory.entry import Entry
from promontory.errors import NotAllowed, UsageError
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.reverification import reverify
from promontory.repository import RefUpdate
from promontory.signatures import NAMESPACE, SigningKey, read_armor, sign
from tests.cli.conftest import Command, Sample
from tests.signatures.keys import BOB, STATEMENT, Gpg, Key, gpg_home, needs_gpg, needs_ssh_keygen

pytestmark = needs_ssh_keygen
ADA = "ada@acme.example"
FILE, RING = ".promontory/allowed_signers", ".promontory/keyring.asc"


@pytest.fixture
def key(alice_key: Key) -> Key:
    return alice_key


@pytest.fixture
def signed(sample: Sample, key: Key) -> Sample:
    """Production of the sample wants signatures, and Ada's key is listed."""
    configure(sample, {"ssh": FILE})
    write(sample, FILE, f"{ADA} {key.public}\n")
    return sample


def configure(sample: Sample, signers: dict[str, object] | None, **rule: object) -> None:
    def change(text: bytes) -> bytes:
        config = yaml.safe_load(text)
        config["environments"]["production"]["approval"] = {"approvers": [ADA, BOB], "signed": True, **rule}
        config |= {"signers": signers} if signers else {}
        return yaml.safe_dump(config, sort_keys=False).encode()

    sample.edit("promontory.yaml", change)


def write(sample: Sample, path: str, content: str | bytes, branch: str = "main") -> None:
    repository = sample.workspace().repository
    head = repository.head(branch)
    data = content.encode() if isinstance(content, str) else content
    edit = FileEdit(path, repository.files(head).read(path), data)
    repository.push([RefUpdate(branch, head, FileEdits((edit,)), "Edit by hand")])


def push(sample: Sample) -> Entry:
    workspace, hop = sample.hop("v1.3.0", "production")
    return deliver(workspace, hop, plan_hop(workspace, hop)[0])


@pytest.fixture
def agent(environment: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent of the test's own."""
    started = subprocess.run(["ssh-agent", "-s"], check=True, capture_output=True, text=True).stdout
    variables = dict(part.split("=") for part in started.replace("\n", "").split(";") if "=" in part)
    for name, value in variables.items():
        environment.setenv(name, value)
    yield
    os.kill(int(variables["SSH_AGENT_PID"]), signal.SIGTERM)


@pytest.mark.usefixtures("agent")
def test_from_a_key_in_the_agent_to_the_push(signed: Sample, command: Command, key: Key, tmp_path: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key.path)], check=True)
    (tmp_path / "ada.pub").write_text(key.public)
    request = signed.request()

    ended = command("approve", request.promotion, "--sign", "--key", str(tmp_path / "ada.pub"))

    assert (ended.code, ended.err.count('"promotion": "')) == (0, 1)
    assert "approved: web-app v1.3.0 for production" in ended.out
    assert "+    newTag: v1.3.0" in ended.err
    pushed = push(signed)
    assert pushed.kind == "pushed"
    assert reverify(signed.workspace(), signed.workspace().ledger.entries()) == ()


def test_an_approval_that_is_not_signed_is_refused_with_the_command(signed: Sample, command: Command) -> None:
    request = signed.request()

    ended = command("approve", request.promotion)

    assert ended.code == 3
    assert f"promontory approve {request.promotion} --sign" in ended.err
    waits = command("pending", "--json").json[0]["state"]
    assert waits == f"1 more signed approval of {ADA}, {BOB} wanted: promontory approve {request.promotion} --sign"


def test_a_ledger_that_was_edited_afterwards_stops_the_push(signed: Sample, command: Command, key: Key) -> None:
    request = signed.request()
    assert command("approve", request.promotion, "--sign", "--key", str(key.path)).code == 0
    ledger = signed.workspace().ledger.branch
    (path,) = [name for name in signed.git("ls-tree", "-r", "--name-only", ledger).splitlines() if "-approved-" in name]
    text = signed.git("show", f"{ledger}:{path}")
    write(signed, path, text.replace(f"<{ADA}>", f"<{BOB}>"), ledger)

    with pytest.raises(NotAllowed, match=r"it was made by ada@acme\.example"):
        push(signed)

    found = reverify(signed.workspace(), signed.workspace().ledger.entries())
    assert [finding.entry.kind for finding in found] == ["approved"]


def test_one_may_sign_elsewhere(signed: Sample, command: Command, key: Key, tmp_path: Path) -> None:
    request = signed.request()

    statement = command("approve", request.promotion, "--statement")
    (tmp_path / "statement.json").write_text(statement.out)
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key.path), str(tmp_path / "statement.json")]
    subprocess.run(sign, check=True)
    ended = command("approve", request.promotion, "--signature", str(tmp_path / "statement.json.sig"))

    assert json.loads(statement.out)["digest"] == request.digest
    assert "+    newTag: v1.3.0" in statement.err
    assert ended.code == 0
    assert push(signed).kind == "pushed"


def test_a_file_that_holds_no_signature_is_refused(signed: Sample, command: Command, tmp_path: Path) -> None:
    request = signed.request()
    (tmp_path / "text").write_bytes(b"hello")
    (tmp_path / "large").write_bytes(b"\xff" * 70_000)

    for name, told in (("text", "is no signature"), ("large", "larger than 64 KiB"), ("none", "cannot be read")):
        ended = command("approve", request.promotion, "--signature", str(tmp_path / name))
        assert ended.code == 2
        assert told in ended.err


def test_a_plan_that_has_changed_is_not_signed(signed: Sample, command: Command, key: Key) -> None:
    request = signed.request()
    path = next(each.path for each in plan_paths(signed))
    signed.edit(path, lambda text: text + b"# somebody was here\n")

    ended = command("approve", request.promotion, "--sign", "--key", str(key.path))

    assert ended.code == 3
    assert "is not what the request" in ended.err


def plan_paths(sample: Sample) -> list[FileEdit]:
    workspace, hop = sample.hop("v1.3.0", "production")
    return list(plan_hop(workspace, hop)[0].paths)  # type: ignore[arg-type]


def test_a_diff_that_was_forged_in_the_ledger_is_not_what_is_shown(signed: Sample, command: Command, key: Key) -> None:
    request = signed.request()
    ledger = signed.workspace().ledger.branch
    names = signed.git("ls-tree", "-r", "--name-only", ledger).splitlines()
    (path,) = [name for name in names if "-planned-" in name and request.promotion in name]
    write(
        signed,
        path,
        signed.git("show", f"{ledger}:{path}").replace("+    newTag: v1.3.0", "+    newTag: v0.0.1"),
        ledger,
    )

    ended = command("approve", request.promotion, "--sign", "--key", str(key.path))

    assert ended.code == 0
    assert "+    newTag: v1.3.0" in ended.err


@pytest.mark.usefixtures("agent")
def test_git_s_signing_key_signs(key: Key, tmp_path: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key.path)], check=True)
    file = tmp_path / "home" / ".gitconfig"
    before = file.read_text()

    for configuration in (
        "[gpg]\nformat = ssh\n[user]\nsigningKey = {path}\n",
        "[gpg]\nformat = ssh\n[user]\nsigningKey = {path}.pub\n",
        "[gpg]\nformat = ssh\n[gpg \"ssh\"]\ndefaultKeyCommand = cat '{path}.pub'\n",
        "[gpg]\nformat = ssh\n[user]\nsigningKey = key::{public}\n",
    ):
        file.write_text(before + configuration.format(path=key.path, public=key.public))
        made = read_armor(sign(STATEMENT, signing_key(None)))
        assert made.key_line == key.public


def test_the_key_that_is_named_comes_before_ours_and_ours_before_git_s(
    key: Key, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "home" / ".gitconfig").open("a") as file:
        file.write("signingKey = 0123ABCD\n")

    assert signing_key(None) == SigningKey("gpg", "0123ABCD", "gpg")
    environment.setenv("PROMONTORY_SIGNING_KEY", "/keys/ours")
    assert signing_key(None) == SigningKey("ssh", "/keys/ours", "ssh-keygen")
    assert signing_key(str(key.path)) == SigningKey("ssh", str(key.path), "ssh-keygen")
    assert signing_key("89EF") == SigningKey("gpg", "89EF", "gpg")


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ("[gpg]\nformat = x509\n", "cannot be signed with x509"),
        ("[gpg]\nformat = ssh\n", "there is no key to sign with"),
        ('[gpg]\nformat = ssh\n[gpg "ssh"]\ndefaultKeyCommand = echo none\n', "names no key"),
        ('[gpg]\nformat = ssh\n[gpg "ssh"]\ndefaultKeyCommand = "echo \'none"\n', "is not a command line"),
    ],
)
def test_a_configuration_that_names_no_key_is_told(tmp_path: Path, configuration: str, told: str) -> None:
    with (tmp_path / "home" / ".gitconfig").open("a") as file:
        file.write(configuration)

    with pytest.raises(UsageError, match=told):
        signing_key(None)


def test_a_program_that_does_not_sign_is_told(key: Key, tmp_path: Path) -> None:
    program = tmp_path / "signer"
    for said, told in (("no such key", "nothing was signed with the SSH key"), ("unknown option -- Y", "too old")):
        program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
        program.chmod(0o755)
        with pytest.raises(UsageError, match=told):
            sign(STATEMENT, SigningKey("ssh", str(key.path), str(program)))


def test_without_a_key_it_says_how_to_name_one(signed: Sample, command: Command, tmp_path: Path) -> None:
    request = signed.request()

    for options, told in (
        ([], "there is no key to sign with"),
        (["--key", str(tmp_path / "none.pub")], "there is no key file"),
    ):
        ended = command("approve", request.promotion, "--sign", *options)
        assert ended.code == 2
        assert told in ended.err
    assert command("approve", request.promotion, "--sign", "--statement").code == 2
    assert command("approve", request.promotion, "--key", "x").code == 2


def test_a_key_that_is_not_listed_is_told_with_its_line(signed: Sample, command: Command, bob_key: Key) -> None:
    ended = command("approve", signed.request().promotion, "--sign", "--key", str(bob_key.path))

    assert ended.code == 3
    assert f'{ADA} namespaces="{NAMESPACE}" {bob_key.public}' in ended.err


def test_a_no_can_be_signed_too(signed: Sample, command: Command, key: Key) -> None:
    ended = command("reject", signed.request().promotion, "--reason", "no", "--sign", "--key", str(key.path))

    assert ended.code == 0
    *_, last = signed.workspace().ledger.entries("web-app", "production")
    assert last.signature
    assert '"decision": "rejected"' in last.signature.statement
    assert reverify(signed.workspace(), signed.workspace().ledger.entries()) == ()


@pytest.fixture
def gpg(environment: pytest.MonkeyPatch) -> Iterator[Gpg]:
    with gpg_home() as home:
        subprocess.run(
            ["gpg", "--batch", "--quiet", "--homedir", str(home.home), "--passphrase", "", "--quick-gen-key", ADA],
            check=True,
            capture_output=True,
        )
        environment.setenv("GNUPGHOME", str(home.home))
        yield home


@needs_gpg
def test_git_s_gpg_signs(sample: Sample, command: Command, gpg: Gpg, tmp_path: Path) -> None:
    configure(sample, {"gpg": RING})
    ring = subprocess.run(["gpg", "--armor", "--export"], check=True, capture_output=True).stdout
    write(sample, RING, ring)
    with (tmp_path / "home" / ".gitconfig").open("a") as file:
        file.write(f"signingKey = {ADA}\n")

    ended = command("approve", sample.request().promotion, "--sign")

    assert ended.code == 0
    assert push(sample).kind == "pushed"
    assert reverify(sample.workspace(), sample.workspace().ledger.entries()) == ()
