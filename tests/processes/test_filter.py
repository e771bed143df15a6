"""Programs that read something and answer with something."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from promontory.errors import TransientError, UsageError
from promontory.processes.filter import MOST_OUTPUT, run_filter, run_on_terminal


def python(code: str, directory: Path, given: bytes = b"", within: float = 30) -> tuple[int, bytes, str]:
    command = [sys.executable, "-I", "-S", "-c", code]
    ended = run_filter(command, given, directory, os.environ, timedelta(seconds=within))
    return ended.code, ended.output, ended.errors


def test_what_goes_in_and_out_is_the_caller_s(tmp_path: Path) -> None:
    code = "import sys; data = sys.stdin.read(); print(data.upper(), end=''); sys.stderr.write('é\\n'); sys.exit(3)"

    assert python(code, tmp_path, b"hello") == (3, b"HELLO", "é")


def test_no_more_is_kept_than_has_a_use(tmp_path: Path) -> None:
    assert len(python(f"print('x' * {MOST_OUTPUT + 5})", tmp_path)[1]) == MOST_OUTPUT


def test_a_program_that_reads_nothing_still_answers(tmp_path: Path) -> None:
    assert python("print('done')", tmp_path, b"x" * 1_000_000)[1] == b"done\n"


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="took longer than 0 s and was stopped"):
        python("import time; time.sleep(60)", tmp_path, within=0.2)


@pytest.mark.parametrize(("name", "told"), [("no-such-program", "is not installed here"), ("file", "could not be")])
def test_a_program_that_cannot_be_started_is_told(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "file").chmod(0o644)
    program = str(tmp_path / name) if name == "file" else name

    with pytest.raises(UsageError, match=told):
        run_filter([program], b"", tmp_path, os.environ)
    with pytest.raises(UsageError, match=told):
        run_on_terminal([program], tmp_path, os.environ)


def test_on_a_terminal_stdout_stays_the_caller_s(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = run_on_terminal([sys.executable, "-I", "-S", "-c", "print('touch it')"], tmp_path, os.environ)

    assert (code, *capfd.readouterr()) == (0, "", "touch it\n")
