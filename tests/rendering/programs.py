"""Programs that stand in for kustomize and helm: real executables, which see what theirs would see."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

CONCATENATE = """\
from pathlib import Path
files = sorted(Path(sys.argv[2]).glob("*.yaml"))
print("---\\n".join(file.read_text() for file in files), end="")
"""


def install(directory: Path, name: str, body: str) -> Path:
    """An executable of this name in a directory; ``body`` is Python."""
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / name
    program.write_text(f"#!{sys.executable} -IS\nimport os, sys, time\n{body}")
    program.chmod(0o755)
    return program


def put_first(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")
