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

from promontory.model import SuiteResult
from promontory.options import Target
from promontory.suites.command import CommandSuite
from promontory.suites.run import run_all
from tests.suites.surroundings import HEAD, TARGET, FilesIn, attempt, facilities

SHOW_ARGUMENTS = "import json, sys; print(json.dumps(sys.argv[1:]))"


def suite(run: object, **options: object) -> CommandSuite:
    return CommandSuite.model_validate({"kind": "command", "run": run, **options})


def outcome(run: object, workdir: Path, target: Target = TARGET, **options: object) -> SuiteResult:
    around = facilities(code=FilesIn(workdir, in_place=True))
    (result,) = asyncio.run(run_all([suite(run, **options)], target, "0123456789ab", around))
    return result


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


class TestWhere:
    @pytest.mark.parametrize("workdir", ["repository", "release", "plan"])
    def test_it_runs_in_the_files_it_asks_for(self, tmp_path: Path, workdir: str) -> None:
        (tmp_path / "README.md").write_text("hello\n")
        files = FilesIn(tmp_path)

        asked = suite("cat README.md", workdir=workdir).run(attempt(), facilities(code=files))

        assert asyncio.run(asked).output == "hello\n"
        assert files.opened == [workdir]

    def test_an_empty_directory_needs_no_files_at_all(self, tmp_path: Path) -> None:
        files = FilesIn(tmp_path)
        code = "import os; print(os.listdir(), 'PROMONTORY_COMMIT' in os.environ)"

        asked = suite(python(code), workdir="empty").run(attempt(), facilities(code=files))

        assert (asyncio.run(asked).output, files.opened) == ("[] False\n", [])

    def test_it_is_told_the_commit_of_its_files(self, tmp_path: Path) -> None:
        result = outcome(python("import os; print(os.environ['PROMONTORY_COMMIT'])"), tmp_path)

        assert result.output == f"{HEAD}\n"

    def test_what_one_attempt_leaves_is_not_there_for_the_next(self, tmp_path: Path) -> None:
        """A report of before must not be read as if it were of now."""
        code = "import pathlib, sys; mark = pathlib.Path('mark'); print(mark.exists()); mark.touch(); sys.exit(1)"
        around = facilities(code=FilesIn(tmp_path))

        (result,) = asyncio.run(run_all([suite(python(code), retries=0)], TARGET, "0123456789ab", around))
        (again,) = asyncio.run(run_all([suite(python(code), retries=0)], TARGET, "0123456789ab", around))

        assert (result.output, again.output) == ("False\n", "False\n")


class TestReports:
    WRITE = (
        "import pathlib, sys; pathlib.Path('reports').mkdir(exist_ok=True);"
        "pathlib.Path('reports/a.xml').write_text(sys.argv[1]); sys.exit(int(sys.argv[2]))"
    )
    GOOD = "<testsuite><testcase classname='web' name='works'/></testsuite>"
    BAD = "<testsuite><testcase name='works'><failure message='3 is not 4'/></testcase></testsuite>"

    def written(self, tmp_path: Path, report: str, code: int) -> SuiteResult:
        return outcome(python(self.WRITE, report, str(code)), tmp_path, junit="reports/*.xml")

    def test_what_they_say_is_in_the_result(self, tmp_path: Path) -> None:
        result = self.written(tmp_path, self.GOOD, 0)

        assert result.passed
        assert result.report
        assert str(result.report) == "1 tests, 0 failed"

    def test_a_failed_test_is_named_beside_the_exit_code(self, tmp_path: Path) -> None:
        result = self.written(tmp_path, self.BAD, 1)

        assert result.reason == "exit code 1; 1 tests, 1 failed: works: 3 is not 4"

    def test_a_failed_test_counts_where_the_exit_code_hides_it(self, tmp_path: Path) -> None:
        """As with `pytest || true`."""
        result = self.written(tmp_path, self.BAD, 0)

        assert (result.passed, result.reason) == (False, "1 tests, 1 failed: works: 3 is not 4")

    def test_no_report_is_a_failure_because_perhaps_nothing_was_tested(self, tmp_path: Path) -> None:
        result = outcome("true", tmp_path, junit="reports/*.xml")

        assert (result.passed, result.reason) == (False, "no file matches reports/*.xml")

    def test_a_report_that_cannot_be_read_is_a_failure(self, tmp_path: Path) -> None:
        result = self.written(tmp_path, "<testsuite>", 0)

        assert not result.passed
        assert result.reason.startswith("reports/a.xml cannot be read: it is no XML: no element found")


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
            ({"run": "true", "workdir": "home"}, "'repository', 'release', 'plan' or 'empty'"),
            ({"run": "true", "timeout": "soon"}, "is not a duration"),
            ({"run": "true", "junit": "/etc/*.xml"}, "is no pattern of files below the suite's directory"),
            ({"run": "true", "junit": "../*.xml"}, "is no pattern of files below the suite's directory"),
            ({"run": "true", "junit": ""}, "is no pattern of files below the suite's directory"),
            ({"run": "true", "retries": -1}, "greater than or equal to 0"),
            ({"run": "true", "retries": "many"}, "valid integer"),
            ({"run": "true", "continue_on_failure": "yes"}, "valid boolean"),
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

        around = facilities(code=FilesIn(tmp_path, in_place=True))

        async def cancel() -> int:
            running = asyncio.create_task(suite(python(code)).run(attempt(), around))
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
        around = facilities(code=FilesIn(tmp_path, in_place=True))

        async def repeat() -> int:
            await suite("true").run(attempt(), around)
            before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
            for run in ["true", "no-such-program"] * 3:
                await suite(run).run(attempt(), around)
            return len(os.listdir("/proc/self/fd")) - before  # noqa: PTH208

        assert asyncio.run(repeat()) == 0
