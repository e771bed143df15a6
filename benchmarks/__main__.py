"""``python -m benchmarks``: every benchmark, one after the other, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time

_MODULES = ("start_up", "git_work", "setters", "trains", "ledger", "verification", "windows", "pipeline")


def main() -> int:
    return max(_run(module) for module in _MODULES)


def _run(module: str) -> int:
    started = time.monotonic()
    code = subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=False).returncode
    print(f"{module} took {time.monotonic() - started:.0f} s\n", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
