"""The command suite with real programs."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from promontory.model import Place, SuiteResult
from promontory.options import Target
from promontory.suites.command import CommandSuite

TARGET = Target(Place("web-app", "staging"), "v1.3.0")
SHOW_ARGUMENTS = "import json, sys; print(json.dumps(sys.argv[1:]))"


def suite(run: object, **options: object) -> CommandSuite:
    return CommandSuite.model_validate({"kind": "command", "run": run, **options})


def outcome(run: object, workdir: Path, target: Target = TARGET, **options: object) -> SuiteResult:
    return asyncio.run(suite(run, **options).run(target, workdir))


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def has_ended(pid: int) -> bool:
    """Whether the process is gone (or a zombie) soon: a signal is delivered a moment after it is sent."""
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def wait_for_pid(file: Path) -> int:
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        if file.exists() and (text := file.read_text()).endswith("\n"):
            return int(text)
        time.sleep(0.01)
    raise AssertionError(f"{file} was never written")


class TestResult:
    def test_exit_code_0_passes(self, tmp_path: Path) -> None:
        result = outcome(python("print('fine')"), tmp_path)

        assert (result.passed, result.reason, result.output) == (True, "", "fine\n")
        assert result.seconds > 0

    def test_any_other_exit_code_fails_with_what_was_printed_to_both_streams(self, tmp_path: Path) -> None:
        code = "import os; os.write(1, b'one\\n'); os.write(2, b'two\\n'); os._exit(3)"

        result = outcome(python(code), tmp_path)

        assert (result.passed, result.reason, result.output) == (False, "exit code 3", "one\ntwo\n")

    def test_a_signal_is_named(self, tmp_path: Path) -> None:
        assert outcome(python("import os; os.abort()"), tmp_path).reason == "ended by SIGABRT"

    def test_it_runs_in_the_given_directory_without_input(self, tmp_path: Path) -> None:
        code = "import os, sys; print(os.getcwd()); print(repr(sys.stdin.read()))"

        assert outcome(python(code), tmp_path).output == f"{tmp_path}\n''\n"

    def test_a_script_of_the_repository_can_be_run(self, tmp_path: Path) -> None:
        script = tmp_path / "smoke"
        script.write_text("#!/bin/sh\necho smoke\n")
        script.chmod(0o755)

        assert outcome("./smoke", tmp_path).output == "smoke\n"

    @pytest.mark.parametrize(
        ("run", "reason"),
        [
            ("no-such-program --now", "'no-such-program' is not installed here, or its interpreter is not"),
            ("./data", "'./data' could not be started: Permission denied"),
        ],
    )
    def test_a_program_that_cannot_be_started_is_a_failure_with_a_reason(
        self, tmp_path: Path, run: str, reason: str
    ) -> None:
        (tmp_path / "data").write_text("not a program")

        result = outcome(run, tmp_path)

        assert (result.passed, result.reason) == (False, reason)

    def test_a_missing_directory_is_not_mistaken_for_a_missing_program(self, tmp_path: Path) -> None:
        result = outcome(python(""), tmp_path / "gone")

        assert result.reason == f"the directory to run it in does not exist: {tmp_path / 'gone'}"


class TestArguments:
    def test_a_string_is_split_as_a_shell_would(self, tmp_path: Path) -> None:
        run = f"{sys.executable} -c '{SHOW_ARGUMENTS}' 'two words' --to={{environment}} {{application}}"

        assert outcome(run, tmp_path).output == '["two words", "--to=staging", "web-app"]\n'

    @pytest.mark.parametrize("hostile", ["v1; touch pwned", "$(touch pwned)", "`touch pwned`", "v1' 'x", "v1 && x"])
    def test_a_hostile_release_is_one_argument_and_no_shell_sees_it(self, tmp_path: Path, hostile: str) -> None:
        run = f"{sys.executable} -c 'import sys; print(len(sys.argv), sys.argv[1])' {{release}}"

        result = outcome(run, tmp_path, Target(TARGET.place, hostile))

        assert result.output == f"2 {hostile}\n"
        assert list(tmp_path.iterdir()) == []

    def test_a_nul_character_is_a_failure_not_a_crash(self, tmp_path: Path) -> None:
        result = outcome("echo {release}", tmp_path, Target(TARGET.place, "v1\0"))

        assert result.reason == "'echo' could not be started: embedded null byte"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"run": ""}, "the command is empty"),
            ({"run": "   "}, "the command is empty"),
            ({"run": []}, "the command is empty"),
            ({"run": ["", "x"]}, "the command is empty"),
            ({"run": "echo 'oops"}, "is not a command line: No closing quotation"),
            ({"run": "echo {version}"}, "unknown placeholder {version}"),
            ({"run": ["echo", "a\0"]}, "NUL"),
            ({"run": "true", "env": {"A-B": "x"}}, "should match pattern"),
            ({"run": "true", "env": {"A": "{tag}"}}, "unknown placeholder {tag}"),
            ({"run": "true", "workdir": "home"}, "'repository' or 'empty'"),
            ({"run": "true", "timeout": "soon"}, "is not a duration"),
            ({"run": "true", "shell": True}, "Extra inputs are not permitted"),
            ({}, "Field required"),
        ],
    )
    def test_bad_options_are_refused(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValidationError, match=message):
            CommandSuite.model_validate({"kind": "command", **options})


class TestEnvironment:
    SHOW = "import os; print(sorted(name for name in os.environ if name.startswith(('PRO', 'PRE', 'APP'))))"

    def test_it_has_the_promotions_facts_and_its_own_variables(self, tmp_path: Path) -> None:
        code = "from os import environ as e; print(e['PROMONTORY_APPLICATION'], e['PROMONTORY_ENVIRONMENT'], e['X'])"

        result = outcome(python(code), tmp_path, env={"X": "r-{release}"})

        assert result.output == "web-app staging r-v1.3.0\n"

    def test_secrets_are_scrubbed_and_the_rest_is_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        secrets = [
            "PROMONTORY_GIT_PASSWORD",
            "PROMONTORY_GIT_TOKEN",
            "PROMONTORY_APPROVAL_SECRET",
            "PREFECT_API_KEY",
            "PREFECT_API_AUTH_STRING",
            "PREFECT_SERVER_API_AUTH_STRING",
            "PREFECT_API_DATABASE_CONNECTION_URL",
        ]
        for name in [*secrets, "APP_TOKEN", "PREFECT_API_URL"]:
            monkeypatch.setenv(name, "hunter2")

        names = outcome(python(self.SHOW), tmp_path).output

        assert not [name for name in secrets if f"'{name}'" in names]
        assert "'APP_TOKEN'" in names  # the suite's own business
        assert "'PREFECT_API_URL'" in names


class TestTimeout:
    def test_grandchildren_are_ended_too_even_when_they_ignore_sigterm(self, tmp_path: Path) -> None:
        grandchild = (
            "import os, pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            "pathlib.Path('pid').write_text(f'{os.getpid()}\\n'); time.sleep(60)"
        )
        parent = (
            f"import pathlib, subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {grandchild!r}])\n"
            "print('started', flush=True); time.sleep(60)"
        )

        result = outcome(python(parent), tmp_path, timeout="1s")

        assert (result.passed, result.output) == (False, "started\n")
        assert result.reason == "not finished within 1s, and was ended"
        assert result.seconds < 10
        assert has_ended(wait_for_pid(tmp_path / "pid"))

    def test_what_a_finished_program_leaves_running_is_ended(self, tmp_path: Path) -> None:
        code = (
            "import pathlib, subprocess, sys; child = subprocess.Popen(['sleep', '60'])\n"
            "pathlib.Path('pid').write_text(f'{child.pid}\\n'); print('done')"
        )

        result = outcome(python(code), tmp_path)

        assert (result.passed, result.output) == (True, "done\n")
        assert result.seconds < 10
        assert has_ended(wait_for_pid(tmp_path / "pid"))

    def test_cancelling_ends_the_program(self, tmp_path: Path) -> None:
        code = "import os, pathlib, time; pathlib.Path('pid').write_text(f'{os.getpid()}\\n'); time.sleep(60)"

        async def cancel() -> int:
            running = asyncio.create_task(suite(python(code)).run(TARGET, tmp_path))
            pid = await asyncio.to_thread(wait_for_pid, tmp_path / "pid")
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            return pid

        assert has_ended(asyncio.run(cancel()))


class TestOutput:
    def test_only_the_tail_is_kept(self, tmp_path: Path) -> None:
        result = outcome(python("print('x' * 3_000_000); print('end')"), tmp_path)

        assert len(result.output) == 8 * 1024
        assert result.output.endswith("xxx\nend\n")

    def test_it_is_cleaned_of_what_is_not_text(self, tmp_path: Path) -> None:
        code = r"import os; os.write(1, b'\x1b[31mred\x1b[0m\r\n\x00\xff caf\xc3\xa9\n')"

        assert outcome(python(code), tmp_path).output == "red\n\ufffd café\n"

    def test_lines_are_logged_as_they_come(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "promontory.processes")

        outcome(python("print('one', flush=True); print(); print('two', end='')"), tmp_path)

        assert caplog.messages == ["test-staging: one", "test-staging: two"]

    def test_no_descriptor_is_left_open(self, tmp_path: Path) -> None:
        async def repeat() -> int:
            await suite("true").run(TARGET, tmp_path)
            before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
            for run in ["true", "no-such-program"] * 3:
                await suite(run).run(TARGET, tmp_path)
            return len(os.listdir("/proc/self/fd")) - before  # noqa: PTH208

        assert asyncio.run(repeat()) == 0
