"""How long `promontory status`, `plan` and `explain` take on the sample repository, from the shell's point of view.

Run it with ``python -m benchmarks.start_up``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.tables import Row, print_table
from promontory.sandbox.sample import create_sample

RUNS = 9
TARGET_SECONDS = 0.5
COMMANDS = {
    "status": ("status",),
    "plan": ("plan", "web-app", "v1.3.0", "--to", "staging"),
    "explain": ("explain", "web-app", "production", "v1.3.0", "--offline"),
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="promontory-bench-") as directory:
        repository = create_sample(Path(directory), "http://127.0.0.1:9")
        environment = {
            **os.environ,
            "PROMONTORY_REPOSITORY": str(repository),
            "PROMONTORY_CACHE_DIR": f"{directory}/cache",
            "PYTHONPYCACHEPREFIX": f"{directory}/bytecode",
        }
        # As it is installed, and not as for a developer who lets Python compile everything at every start.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        rows = [_row(name, arguments, environment) for name, arguments in COMMANDS.items()]
    print_table(f"Start-up, warm mirror, milliseconds, median of {RUNS}", rows)


def _row(name: str, arguments: Sequence[str], environment: dict[str, str]) -> Row:
    seconds = _seconds(arguments, environment)
    return Row(f"promontory {name}", seconds * 1000, "of 500 ms:", seconds / TARGET_SECONDS, 1, at_most=True)


def _seconds(arguments: Sequence[str], environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "promontory.cli", *arguments]
    taken = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - started)
    return median(taken[1:])  # the first one makes the mirror, and Python's bytecode


if __name__ == "__main__":
    main()
