"""Whatever others wrote, no command shows it raw: not in a pipe, not on a terminal, not as JSON or Markdown."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import threading
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from promontory.cli import COMMANDS, main
from promontory.cli.running import report
from promontory.cli.terminal import _console
from promontory.errors import UsageError
from promontory.promotion.values import HopOutcome, Result
from promontory.sandbox.kubernetes import KubernetesApi
from tests.cli.conftest import Sample
from tests.cli.hostile import FORGED, PAYLOAD, TAG, poison_ledger, write

# These begin runs or servers: what they print at their end is below; the rest is Prefect's, and in tests/test_logs.py.
ELSEWHERE = {"promote", "rollback", "trigger", "serve", "demo"}
PROMOTION = f"{200:012x}"
NAMES = ("dev", "staging", "production")
READERS: dict[str, list[list[str]]] = {
    "init": [["--yes", "--output", "-", "--force"], ["--json", "--output", "-", "--force"]],
    "validate": [["--json"], ["--live"]],
    "plan": [["web-app", "v1.3.0"], ["web-app", "v1.3.0", "--json"]],
    "windows": [[], ["production", "--next", "2"], ["--json"], ["--argocd", "PROJECT", "--application", "web-app"]],
    "releases": [["web-app"], ["web-app", "--json"]],
    "status": [[], ["--json"]],
    "explain": [
        *(["web-app", "dev", *more] for more in ([], ["--markdown"], ["--offline", "--json"])),
        ["web-app", "production", "--offline"],
        ["web-app", "--offline"],
    ],
    "history": [["--all"], ["--all", "--json"], ["--promotion", PAYLOAD.replace("\0", "")]],
    "audit": [
        ["verify"],
        ["verify", "--json"],
        ["head"],
        ["export"],
        ["show", PROMOTION],
        ["show", PROMOTION, "--json"],
    ],
    "pending": [[], ["--json"]],
    "approve": [[PROMOTION], [PROMOTION, "--statement"], [PAYLOAD.replace("\0", "")]],
    "reject": [[PROMOTION, "--reason", PAYLOAD.replace("\0", "")]],
    "hold": [["list"], ["list", "--json"], ["lift", "web-app", "production", "v1.3.0", "--json"]],
    "notifications": [[], ["--json"], ["--test"]],
    "runbook": [[], ["--check"]],
    "schema": [[]],
    "settings": [[]],
    "completion": [["bash"]],
}


def quoted(text: str) -> str:
    """As YAML has it within double quotes, whatever is in it."""
    return (
        '"'
        + "".join(letter if letter.isalnum() and letter.isascii() else f"\\U{ord(letter):08x}" for letter in text)
        + '"'
    )


TEXT = quoted(PAYLOAD)
PIPELINE = f"""
applications:
  web-app:
    description: {TEXT}
    owner: {TEXT}
    strategy: {{kind: directory, path: "apps/web-app/overlays/{{environment}}", image: ghcr.io/acme/web-app}}
    environments: {{production: {{path: apps/web-app/overlays/prod}}}}
    releases: {{kind: git-tags, policy: {{alphabetical: asc}}}}
groups: {{ops: [{TEXT}]}}
environments:
  dev:
    description: {TEXT}
    owner: {TEXT}
    test: [{{kind: command, run: "true {{release}}"}}]
    verify:
      - {{kind: argocd, application: "web-app-dev"}}
      - {{kind: http, url: "http://127.0.0.1:9/x", expect: {{json: {{version: {TEXT}}}}}}}
  staging: {{after: dev}}
  production:
    after: staging
    owner: {TEXT}
    approval: {{required: 1, approvers: [{TEXT}, "group:ops"]}}
    windows:
      - {{kind: deny, schedule: "* * * * *", duration: 1h, description: {TEXT}, owner: {TEXT}, applications: [{TEXT}]}}
      - {{kind: allow, schedule: "0 0 1 1 *", duration: 1m, description: {TEXT}, owner: {TEXT}}}
notifications:
  - {{name: chat, to: {{kind: webhook, url_from: PROMONTORY_NOTIFY_HOOK}}, title: {TEXT}, body: {TEXT}}}
"""
WINDOW = {"applications": ["*"], "description": PAYLOAD}
PROJECT = json.dumps(
    {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": PAYLOAD},
        "spec": {
            "syncWindows": [
                {
                    "kind": "deny",
                    "schedule": "* * * * *",
                    "duration": "1h",
                    "applications": ["*"],
                    "description": PAYLOAD,
                },
                {"kind": PAYLOAD, "schedule": PAYLOAD, "duration": PAYLOAD, "applications": ["*"], "timeZone": PAYLOAD},
            ]
        },
    }
)

HEALTH = {"status": "Degraded", "message": PAYLOAD}


def application(name: str) -> dict[str, object]:
    """What Argo CD reports, in words of somebody who may write to its objects."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": PAYLOAD,
            "source": {"repoURL": PAYLOAD, "path": PAYLOAD, "targetRevision": PAYLOAD},
            "destination": {"namespace": PAYLOAD, "server": PAYLOAD},
        },
        "status": {
            "sync": {"status": "OutOfSync", "revision": PAYLOAD},
            "health": HEALTH,
            "conditions": [{"type": PAYLOAD, "message": PAYLOAD}],
            "operationState": {"phase": "Failed", "message": PAYLOAD},
            "resources": [
                {
                    "kind": PAYLOAD,
                    "name": PAYLOAD,
                    "namespace": PAYLOAD,
                    "health": HEALTH,
                }
            ],
            "summary": {"images": [PAYLOAD]},
        },
    }


@pytest.fixture
def hostile(sample: Sample, tmp_path: Path, kubernetes_api: KubernetesApi, environment: pytest.MonkeyPatch) -> Sample:
    """All of it at once."""
    poison_ledger(sample)
    said = PAYLOAD.replace("\0", "")
    write(sample, "refs/heads/main", {"promontory.yaml": PIPELINE.encode(), f"apps/{said[:30]}/x.yaml": b"a: b"}, said)
    kustomization = "apps/web-app/overlays/dev/kustomization.yaml"
    # As far as YAML allows it.
    content = sample.git("show", f"main:{kustomization}").encode() + "# \u202e\u2066\u200b\U000e0041\n".encode()
    author = f"{said.translate({10: None, 60: None, 62: None})} <m@x>"
    write(sample, "refs/heads/main", {kustomization: content}, said, author)
    for tag in (TAG, "v1.3.0"):
        sample.git("tag", tag, "main")
    for name in NAMES:
        kubernetes_api.put(application(f"web-app-{name}"))
    (tmp_path / "PROJECT").write_text(PROJECT.encode().decode("ascii").replace("\\udb40\\udc41", ""))
    environment.setenv("PROMONTORY_NOTIFY_HOOK", "http://127.0.0.1:9/hook")
    environment.chdir(tmp_path)
    return sample


def piped(*arguments: str) -> tuple[str, str, int]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return out.getvalue(), err.getvalue(), ended.value.code


def on_a_terminal(*arguments: str) -> str:
    """What the command writes to a pseudo-terminal, without the colours that are ours."""
    primary, secondary = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        while True:
            try:
                seen.append(os.read(primary, 65536))
            except OSError:  # how Linux says that the other end is closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    with (
        os.fdopen(secondary, "w", encoding="utf-8") as terminal,
        redirect_stdout(terminal),
        redirect_stderr(terminal),
        pytest.raises(SystemExit),
    ):
        main(list(arguments))
    reader.join()
    os.close(primary)
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[1A|\x1b\[2K", "", b"".join(seen).decode()).replace("\r", "")


def assert_harmless(text: str) -> None:
    raw = {letter for letter in text if not letter.isprintable() and letter not in "\n\t"}
    assert not raw, {letter: text[max(0, text.index(letter) - 60) : text.index(letter) + 20] for letter in raw}
    # Within a fence of Markdown lines are shown as they are.
    lines = re.sub(r"^(`{3,})[a-z]*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL).splitlines()
    assert not [line for line in lines if line.startswith(FORGED)]
    assert "Traceback" not in text
    assert "unexpected error: " not in text


def test_every_command_is_looked_at() -> None:
    assert set(READERS) | ELSEWHERE == set(COMMANDS)


@pytest.mark.parametrize("name", READERS)
def test_nothing_raw_gets_through(hostile: Sample, name: str) -> None:
    for arguments in READERS[name]:
        words = [name, *arguments]
        out, err, code = piped(*words)
        assert code in (0, 1, 2, 3, 6), (words, err)
        assert_harmless(out)
        assert_harmless(err)
        assert out or err
        if "--json" in words and code != 2:
            json.loads(out)
        assert_harmless(on_a_terminal(*words))


def test_the_end_of_a_run_is_told_like_all_else(capsys: pytest.CaptureFixture[str]) -> None:
    hop = HopOutcome(
        application=PAYLOAD,
        environment=PAYLOAD,
        status="failed",
        release=PAYLOAD,
        previous="v1",
        promotion="ab12",
        reason=PAYLOAD,
        remedy=PAYLOAD,
    )
    result = Result(application=PAYLOAD, release=PAYLOAD, hops=(hop,), error=PAYLOAD, remedy=PAYLOAD, error_code=1)

    for as_json in (False, True):
        report(result, as_json=as_json)
        out, err = capsys.readouterr()
        assert_harmless(out)
        assert_harmless(err)
        assert as_json or "[red]r[/] [/nothing] :warning:" in out


def test_a_console_draws_no_markup_and_nothing_raw_whatever_it_is_given() -> None:
    console = _console(file=io.StringIO(), force_terminal=True, width=1000)

    console.print(PAYLOAD)

    assert isinstance(console.file, io.StringIO)
    assert_harmless(console.file.getvalue().replace(FORGED, ""))
    assert "[red]r[/] [/nothing] :warning:" in console.file.getvalue()


def test_an_error_holds_nothing_raw_wherever_it_gets_to() -> None:
    error = UsageError(PAYLOAD, PAYLOAD)

    assert {letter for letter in f"{error}{error.message}{error.remedy}{error.args}" if not letter.isprintable()} == {
        "\n"
    }
