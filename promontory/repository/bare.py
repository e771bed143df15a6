"""Make a bare repository with one commit: for the sandbox and for tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from promontory.errors import RepositoryError
from promontory.repository.blobs import check_path
from promontory.repository.command import Command
from promontory.repository.push import check_branch
from promontory.repository.settings import PROMONTORY
from promontory.repository.write import commit_stream, file_stream

# Partial clones, as hosting servers allow them. And what a sample that is thrown away again has no use for: waiting
# for the disk, and looking after each push whether there is something to tidy.
_CONFIGURATION = """\
[uploadpack]
\tallowFilter = true
[core]
\tfsync = none
[receive]
\tautogc = false
"""


def create_bare(
    path: Path,
    files: Mapping[str, bytes | str],
    *,
    branch: str = "main",
    message: str = "Begin",
    executable: Collection[str] = (),
) -> str:
    """A bare repository at ``path`` whose only commit holds ``files``; returns the commit's id.

    It is one to throw away: what is pushed to it may be lost with the machine's power.
    """
    check_branch(branch)
    path.mkdir(parents=True, exist_ok=True)
    command = Command(path, path.absolute())
    _run(command, "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}")
    with (path / "config").open("a") as configuration:
        configuration.write(_CONFIGURATION)
    stream = b"feature done\n" + commit_stream(f"refs/heads/{branch}", 1, (PROMONTORY, PROMONTORY), message)
    for name, content in files.items():
        check_path(name)
        mode = "100755" if name in executable else "100644"
        stream += file_stream(name, mode, content.encode() if isinstance(content, str) else content)
    return _run(command, "fast-import", "--quiet", "--done", stdin=stream + b"\nget-mark :1\ndone\n")


def _run(command: Command, *arguments: str, stdin: bytes | None = None) -> str:
    outcome = command.run(*arguments, stdin=stdin)
    if outcome.status != 0:
        raise RepositoryError(f"cannot create a repository in {command.directory}", f"git said: {outcome.stderr}")
    return outcome.stdout.decode().strip()
