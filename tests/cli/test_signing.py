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
from promontory.entry import Entry
from promontory.errors import NotAllowed
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.reverification import reverify
from promontory.repository import RefUpdate
from promontory.signatures import NAMESPACE
from tests.cli.conftest import Command, Sample
from tests.signatures.keys import BOB, Gpg, Key, gpg_home, needs_gpg, needs_ssh_keygen

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
def test_from_a_key_in_the_agent_to_the_push(
    signed: Sample, process: Command, key: Key, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    subprocess.run(["ssh-add", "-q", str(key.path)], check=True)
    (tmp_path / "ada.pub").write_text(key.public)
    request = signed.request()

    ended = process("approve", request.promotion, "--sign", "--key", str(tmp_path / "ada.pub"))

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


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"hello", "this is no signature"), (b"\xff" * 70_000, "larger than 64 KiB"), (None, "cannot be read")],
)
def test_a_file_that_holds_no_signature_is_refused(
    signed: Sample, command: Command, tmp_path: Path, content: bytes | None, told: str
) -> None:
    request = signed.request()
    if content is not None:
        (tmp_path / "some.sig").write_bytes(content)

    ended = command("approve", request.promotion, "--signature", str(tmp_path / "some.sig"))

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


@pytest.mark.parametrize(
    "configuration",
    [
        "[gpg]\nformat = ssh\n[user]\nsigningKey = {path}\n",
        "[gpg]\nformat = ssh\n[user]\nsigningKey = {path}.pub\n",
        "[gpg]\nformat = ssh\n[gpg \"ssh\"]\ndefaultKeyCommand = cat '{path}.pub'\n",
        "[gpg]\nformat = ssh\n[user]\nsigningKey = key::{public}\n",
    ],
)
@pytest.mark.usefixtures("agent")
def test_git_s_signing_key_signs(
    signed: Sample, command: Command, key: Key, tmp_path: Path, configuration: str
) -> None:
    subprocess.run(["ssh-add", "-q", str(key.path)], check=True)
    with (tmp_path / "home" / ".gitconfig").open("a") as file:
        file.write(configuration.format(path=key.path, public=key.public))

    assert command("approve", signed.request().promotion, "--sign").code == 0


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
