"""What every command shares: exit codes, a clean stdout, quick starts, completion; and the small commands."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from promontory.cli import COMMANDS, promontory
from tests.cli.conftest import Command, Sample

READERS = (
    ("status",),
    ("plan", "web-app", "v1.3.0"),
    ("explain", "web-app", "production", "--offline"),
    ("history",),
    ("pending",),
    ("validate",),
    ("hold", "list"),
)


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes to a terminal that is its stdout."""
    primary, secondary = pty.openpty()
    variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", **environment}
    command = [sys.executable, "-m", "promontory.cli", *arguments]
    with subprocess.Popen(command, stdout=secondary, stdin=subprocess.DEVNULL, env=variables):
        os.close(secondary)
        output = b""
        while True:
            try:
                part = os.read(primary, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            output += part
    os.close(primary)
    return output.decode()


@pytest.mark.parametrize("arguments", READERS, ids=lambda arguments: arguments[0])
def test_json_is_the_only_thing_on_stdout(sample: Sample, command: Command, arguments: tuple[str, ...]) -> None:
    sample.request()

    ended = command(*arguments, "--json", "--verbose")

    assert ended.code == 0
    json.loads(ended.out)


def test_progress_of_a_real_process_goes_to_stderr(sample: Sample, process: Command) -> None:
    request = sample.request()

    ended = process("approve", request.promotion, "--verbose")

    assert ended.out.startswith("approved: ")
    assert "+    newTag: v1.3.0" in ended.err


def test_exit_codes_of_a_real_process(sample: Sample, process: Command) -> None:
    assert process("hold", "add", "web-app", "dev", "v1.3.0", "--reason", "no").code == 0
    assert process("plan", "web-app", "v1.3.0", "--to", "dev").code == 3
    refused = process("plan", "web-app", "v1..3")
    assert (refused.code, refused.out) == (2, "")
    assert process("validate", "--repository", str(sample.path.with_name("none.git"))).code == 2


def test_the_repository_can_be_named_on_the_command_line(
    sample: Sample, process: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("PROMONTORY_REPOSITORY")

    ended = process("validate", "--repository", str(sample.path))

    assert (ended.code, ended.out) == (0, "ok: 1 application, 3 environments\n")


def test_a_checkout_is_enough(sample: Sample, tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("PROMONTORY_REPOSITORY")
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(sample.path), str(checkout)], check=True)

    command = [sys.executable, "-m", "promontory.cli", "validate"]
    ended = subprocess.run(command, cwd=checkout / "apps", capture_output=True, text=True, check=True)

    assert ended.stdout == "ok: 1 application, 3 environments\n"


def test_colours_are_for_terminals_that_want_them(sample: Sample) -> None:
    assert "\x1b[32m+    newTag: v1.3.0" in on_a_terminal("plan", "web-app", "v1.3.0", "--to", "dev")
    assert "\x1b[3" not in on_a_terminal("plan", "web-app", "v1.3.0", "--to", "dev", NO_COLOR="1")


def test_what_others_wrote_cannot_steer_the_terminal(sample: Sample, command: Command) -> None:
    command("hold", "add", "web-app", "dev", "v1.3.0", "--reason", "\x1b[2J[red]gone")

    for arguments in (("history",), ("plan", "web-app", "v1.3.0", "--to", "dev")):
        shown = on_a_terminal(*arguments)
        assert "\x1b[2J" not in shown
        assert "[red]gone" in shown


def test_each_exit_code_is_told_once(command: Command) -> None:
    told = re.findall(r"^ +(\d+)  ", command("--help").out, re.MULTILINE)

    assert told == ["0", "2", "3", "4", "5", "6", "1"]


def test_without_a_configuration_it_says_how_to_get_one(
    tmp_path: Path, command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.chdir(tmp_path)

    ended = command("status")

    assert ended.code == 2
    assert "promontory init writes a first one" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("hold", "add", "web-app", "dev", "v9", "--reason", "caf\udce9"),
        ("promote", "web-app", "v1.3.0", "--as", "Zo\udceb"),
        ("rollback", "web-app", "dev", "--reason", "\udcff"),
    ],
)
def test_what_is_typed_in_another_encoding_is_a_usage_error(
    sample: Sample, command: Command, arguments: tuple[str, ...]
) -> None:
    ended = command(*arguments)

    assert ended.code == 2
    assert "is not UTF-8 text" in ended.err


def test_a_name_that_git_has_in_another_encoding_is_shown_as_far_as_it_can_be(
    sample: Sample, command: Command, environment: pytest.MonkeyPatch
) -> None:
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.write_bytes(b"[user]\nname = Zo\xeb\nemail = zoe@acme.example\n")

    assert command("hold", "add", "web-app", "dev", "v9", "--reason", "x").code == 0
    assert "Zo\ufffd <zoe@acme.example>" in command("hold", "list").out


def test_an_unknown_command_gets_a_suggestion(command: Command) -> None:
    ended = command("stauts")

    assert ended.code == 2
    assert 'no command "stauts" (did you mean "status"?)' in ended.err


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "demo"])
def test_every_command_has_help(command: Command, name: str) -> None:
    ended = command(name, "--help")

    assert ended.code == 0
    assert "Usage: promontory" in ended.out


def test_schema_is_json_schema(command: Command) -> None:
    schema = command("schema").json

    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "environments" in schema["properties"]


def test_settings_say_which_are_set_and_never_their_values(command: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROMONTORY_GIT_PASSWORD", "hunter2")

    out = command("settings").out

    (line,) = [line for line in out.splitlines() if line.startswith("PROMONTORY_GIT_PASSWORD")]
    assert line.split()[1] == "set"
    assert "hunter2" not in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(command: Command, shell: str) -> None:
    ended = command("completion", shell)

    assert ended.code == 0
    assert f"_PROMONTORY_COMPLETE={shell}_complete" in ended.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("sta",), {"status"}),
        (("status", "w"), {"web-app"}),
        (("plan", "web-app", "v1.3.0", "--to", ""), {"dev", "staging", "production"}),
        (("hold", "add", "web-app", "st"), {"staging"}),
        (("promote", "w"), {"web-app"}),
        (("promote", "web-app", ""), {"latest", "verified"}),
        (("releases", "w"), {"web-app"}),
        (("history", "--environment", "d"), {"dev"}),
        (("history", "--kind", "re"), {"requested", "reminded", "rejected", "reverted", "reverting"}),
    ],
)
def test_names_are_completed_from_what_is_at_hand(
    sample: Sample, command: Command, words: tuple[str, ...], offered: set[str]
) -> None:
    command("status")  # fetches
    sample.path.rename(sample.path.with_name("away.git"))

    found = ShellComplete(promontory, {}, "promontory", "_PROMONTORY_COMPLETE").get_completions(
        [*words[:-1]], words[-1]
    )

    assert {item.value for item in found} == offered


def test_what_waits_is_completed_as_of_the_last_fetch(sample: Sample, command: Command) -> None:
    request = sample.request()
    command("pending")  # fetches
    sample.path.rename(sample.path.with_name("away.git"))

    (found,) = ShellComplete(promontory, {}, "promontory", "_PROMONTORY_COMPLETE").get_completions(["approve"], "")

    assert (found.value, found.help) == (request.promotion, "web-app v1.3.0 for production")


def test_the_shell_is_answered(sample: Sample, process: Command) -> None:
    asked = {"_PROMONTORY_COMPLETE": "bash_complete", "COMP_WORDS": "promontory sta", "COMP_CWORD": "1"}

    ended = process(**asked)

    assert (ended.out, ended.err) == ("plain,status\n", "")
