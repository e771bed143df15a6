"""The command check with real programs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from promontory.checks.command import CommandCheck
from promontory.checks.watch import watch
from promontory.health import CheckResult, Health, Observation
from promontory.model import Place
from promontory.options import Target
from tests.checks.surroundings import facilities
from tests.checks.test_watch import JumpingClock

TARGET = Target(Place("web-app", "staging"), "v1.3.0", commit="3f2c1ab")


def check(run: object, **options: object) -> CommandCheck:
    return CommandCheck.model_validate({"kind": "command", "run": run, **options})


def observe(run: object, target: Target = TARGET, **options: object) -> Observation:
    return asyncio.run(check(run, **options).observe(target, facilities()))


def verdict(run: object, **options: object) -> CheckResult:
    return asyncio.run(watch([check(run, **options)], TARGET, facilities(JumpingClock()))).checks[0]


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


class TestExitCodes:
    def test_0_is_healthy_and_proves_no_release(self) -> None:
        seen = observe(python("print('12 of 12 pods answer')"))

        assert (seen.health, seen.proven, seen.final) == (Health.HEALTHY, False, False)
        assert seen.reason == "exit code 0: 12 of 12 pods answer"
        assert (seen.evidence["exit_code"], seen.evidence["output"]) == (0, "12 of 12 pods answer\n")

    def test_any_other_is_unhealthy_with_what_it_said_last(self) -> None:
        code = "import os; os.write(1, b'looking\\n'); os.write(2, b'queue is stuck\\n\\n'); os._exit(3)"

        seen = observe(python(code))

        assert (seen.health, seen.final, seen.reason) == (Health.UNHEALTHY, False, "exit code 3: queue is stuck")
        assert seen.evidence["output"] == "looking\nqueue is stuck\n\n"

    def test_some_mean_not_yet(self) -> None:
        run = python("import sys; sys.exit(75)")

        assert observe(run, progressing=[75]).health is Health.PROGRESSING
        assert observe(run, progressing=[76]).health is Health.UNHEALTHY

    def test_some_end_the_wait(self) -> None:
        result = verdict(python("import sys; sys.exit(70)"), final=[70])

        assert (result.health, result.attempts, result.reason) == (Health.UNHEALTHY, 1, "exit code 70")

    def test_a_signal_is_named(self) -> None:
        seen = observe(python("import os; os.abort()"))

        assert (seen.health, seen.reason) == (Health.UNHEALTHY, "ended by SIGABRT")

    def test_it_is_run_until_it_is_healthy(self, tmp_path: Path) -> None:
        counting = (
            "import pathlib, sys; file = pathlib.Path(sys.argv[1]); file.open('a').write('x');"
            "sys.exit(len(file.read_text()) < 3)"
        )

        result = verdict(python(counting, str(tmp_path / "looks")))

        assert (result.health, result.attempts, result.seconds) == (Health.HEALTHY, 3, 20.0)


class TestNoAnswer:
    def test_one_that_does_not_end_is_ended_and_says_nothing_of_health(self) -> None:
        seen = observe(["sh", "-c", "echo waiting; sleep 60"], timeout="2s")

        assert (seen.health, seen.final) == (Health.UNKNOWN, False)
        assert seen.reason == "not finished within 2s, and was ended: waiting"
        assert "exit_code" not in seen.evidence

    def test_one_that_is_not_there_ends_the_wait(self) -> None:
        result = verdict("no-such-program --now")

        assert (result.health, result.attempts) == (Health.UNKNOWN, 1)
        assert result.reason == "'no-such-program' is not installed here, or its interpreter is not"

    def test_a_nul_character_is_no_crash(self) -> None:
        seen = observe("echo {release}", Target(TARGET.place, "v1\0"))

        assert (seen.health, seen.final) == (Health.UNKNOWN, True)
        assert seen.reason == "'echo' could not be started: embedded null byte"


class TestWhatItSees:
    def test_the_promotions_facts_and_its_own_variables(self) -> None:
        names = ("APPLICATION", "ENVIRONMENT", "RELEASE", "COMMIT")
        code = f"import os; print(*(os.environ['PROMONTORY_' + name] for name in {names}), os.environ['URL'])"

        seen = observe(python(code), env={"URL": "https://{application}.{environment}.acme.example"})

        assert seen.evidence["output"] == "web-app staging v1.3.0 3f2c1ab https://web-app.staging.acme.example\n"

    def test_no_secret_of_promontory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("PROMONTORY_TOKENS", "PROMONTORY_GIT_PASSWORD", "PREFECT_API_KEY", "APP_TOKEN"):
            monkeypatch.setenv(name, "hunter2")

        seen = observe(python("import os; print(sorted(name for name, it in os.environ.items() if it == 'hunter2'))"))

        assert seen.evidence["output"] == "['APP_TOKEN']\n"

    def test_an_empty_directory_of_its_own_that_is_thrown_away(self) -> None:
        seen = observe(python("import os; print(os.getcwd(), os.listdir()); open('left', 'w')"))

        directory, files = str(seen.evidence["output"]).split(maxsplit=1)
        assert files == "[]\n"
        assert not Path(directory).exists()

    def test_a_hostile_release_is_one_argument(self) -> None:
        hostile = "v1; touch pwned $(id)"
        run = f"{sys.executable} -c 'import sys; print(len(sys.argv), sys.argv[1])' {{release}}"

        assert observe(run, Target(TARGET.place, hostile)).evidence["output"] == f"2 {hostile}\n"


def test_of_much_output_the_end_is_kept() -> None:
    seen = observe(python("print('x' * 100_000); print('y' * 300)"))

    assert len(str(seen.evidence["output"])) == 2000
    assert seen.reason == f"exit code 0: {'y' * 199}…"


@pytest.mark.parametrize(
    ("run", "remarks"),
    [("true --now", []), ("/bin/sh", []), ("no-such-program", ["'no-such-program' is not installed here"])],
)
def test_a_program_that_is_not_there_is_remarked_beforehand(run: str, remarks: list[str]) -> None:
    found = asyncio.run(check(run).lint(TARGET, facilities()))

    assert [remark.message for remark in found] == remarks


def test_the_label_is_the_command() -> None:
    assert check(["smoke", "two words"]).label == "command smoke 'two words'"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"run": ""}, "the command is empty"),
        ({"run": "echo {tag}"}, "unknown placeholder {tag}"),
        ({"run": "true", "env": {"A-B": "x"}}, "should match pattern"),
        ({"run": "true", "progressing": [0]}, "greater than or equal to 1"),
        ({"run": "true", "final": [256]}, "less than or equal to 255"),
        ({"run": "true", "final": [7, 75], "progressing": [75]}, "exit code 75 cannot be both progressing and final"),
        ({"run": "true", "workdir": "repository"}, "Extra inputs are not permitted"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CommandCheck.model_validate({"kind": "command", **options})
