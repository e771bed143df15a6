"""Programs that fail, hang, flood and look around: real executables, started as kustomize and helm are."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from promontory.errors import RenderingError
from promontory.rendering import find_program, run_program
from tests.rendering.programs import install

LONG = timedelta(seconds=60)


def run(tmp_path: Path, body: str, within: timedelta = LONG, name: str = "kustomize") -> bytes:
    tree = tmp_path / "tree"
    tree.mkdir(exist_ok=True)
    return run_program(str(install(tmp_path / "bin", name, body)), ["build", "./apps"], tree, within)


def failure(tmp_path: Path, body: str, within: timedelta = LONG, name: str = "kustomize") -> RenderingError:
    with pytest.raises(RenderingError) as caught:
        run(tmp_path, body, within, name)
    return caught.value


def test_what_it_prints_is_taken_byte_for_byte_and_its_warnings_are_not(tmp_path: Path) -> None:
    body = "sys.stderr.write('# Warning: deprecated\\n'); sys.stdout.buffer.write(b'a: \\xff\\r\\n' * 100_000)"

    assert run(tmp_path, body) == b"a: \xff\r\n" * 100_000


def test_it_gets_its_arguments_and_runs_in_the_directory(tmp_path: Path) -> None:
    assert run(tmp_path, "print(sys.argv[1:], os.getcwd())").decode().split("] ") == [
        "['build', './apps'",
        f"{tmp_path}/tree\n",
    ]


def test_a_failure_tells_the_end_of_what_it_said(tmp_path: Path) -> None:
    error = failure(
        tmp_path, "sys.stderr.write('x' * 50_000 + '\\nError: no such \\x1b[31mbase\\x1b[0m\\n'); sys.exit(3)"
    )

    assert error.message.startswith("kustomize failed with exit code 3: xxx")
    assert error.message.endswith("x Error: no such base")
    assert len(error.message) < 2_100
    assert error.exit_code == 2


def test_a_failure_does_not_show_where_the_files_were_for_the_moment(tmp_path: Path) -> None:
    error = failure(tmp_path, "sys.stderr.write(f'{os.getcwd()}/apps: bad, in {os.getcwd()}'); sys.exit(1)")

    assert error.message == "kustomize failed with exit code 1: apps: bad, in ."


def test_a_failure_that_says_nothing_is_told_as_such(tmp_path: Path) -> None:
    assert failure(tmp_path, "sys.exit(1)").message == "kustomize failed with exit code 1: it did not say why"


def test_a_program_that_is_killed_is_a_failure(tmp_path: Path) -> None:
    assert failure(tmp_path, "os.kill(os.getpid(), 11)").message.startswith("kustomize was ended by signal 11: ")


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("found in Chart.yaml, but missing in charts/ directory: redis", "helm dependency build"),
        ("no 'git' program on path", "commit a copy of the remote base"),
        ("proxyconnect tcp: dial tcp 127.0.0.1:9: connection refused", "nothing is downloaded"),
    ],
)
def test_what_would_have_to_be_downloaded_has_a_remedy(tmp_path: Path, said: str, remedy: str) -> None:
    assert remedy in failure(tmp_path, f"sys.stderr.write({said!r}); sys.exit(1)").remedy


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    body = f"""\
child = os.fork()
if not child:
    time.sleep(600)
open({str(tmp_path / "child")!r}, "w").write(str(child))
time.sleep(600)
"""
    error = failure(tmp_path, body, timedelta(seconds=2))
    assert error.message == "kustomize was not finished within 2s, and was ended"
    assert "timeout:" in error.remedy

    while not (tmp_path / "child").exists():  # the machine is busy: it had not come as far
        failure(tmp_path, body, timedelta(seconds=15))
    assert is_gone(int((tmp_path / "child").read_text()))


def test_nobody_waits_for_what_it_left_running(tmp_path: Path) -> None:
    body = f"""\
child = os.fork()
if not child:
    time.sleep(600)
open({str(tmp_path / "child")!r}, "w").write(str(child))
print("kind: X")
"""
    assert run(tmp_path, body, timedelta(seconds=500)) == b"kind: X\n"
    assert is_gone(int((tmp_path / "child").read_text()))


def is_gone(process: int) -> bool:
    """Within a while; a killed process may still be waiting to be collected by init."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_flood_is_stopped(tmp_path: Path) -> None:
    error = failure(tmp_path, "while True: os.write(1, b'a' * 65536)")

    assert error.message == "kustomize printed more than 32 MB, and was ended"


def test_a_flood_on_stderr_costs_nothing(tmp_path: Path) -> None:
    assert len(failure(tmp_path, "os.write(2, b'a' * 2_000_000); sys.exit(1)").message) < 2_100


def test_it_sees_nothing_of_this_process_and_has_a_home_that_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PROMONTORY_GIT_PASSWORD", "PREFECT_API_KEY", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "s3cret")

    seen = eval(run(tmp_path, "print(dict(os.environ))"))  # noqa: S307 - a dictionary of strings, printed above

    assert "s3cret" not in str(seen)
    assert seen["HOME"] != os.environ.get("HOME")
    assert not Path(seen["HOME"]).exists()
    assert all(seen[name].startswith(seen["HOME"]) for name in ("PATH", "HELM_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR"))


def test_it_is_at_the_end_of_its_input(tmp_path: Path) -> None:
    assert run(tmp_path, "print(repr(sys.stdin.read()))") == b"''\n"


@pytest.mark.parametrize("name", ["kustomize", "helm"])
def test_a_missing_program_is_named_with_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RenderingError) as caught:
        find_program(name)

    assert caught.value.message == f"{name} is not installed here: there is none on PATH"
    assert caught.value.remedy.startswith("install it: https://")
    assert name in caught.value.remedy


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    broken = install(tmp_path / "bin", "helm", "")
    broken.write_text("#!/nowhere/interpreter\n")

    with pytest.raises(RenderingError, match=r"^helm could not be started: No such file or directory"):
        run_program(str(broken), [], tmp_path, LONG)
