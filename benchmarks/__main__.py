"""``python -m benchmarks``: every benchmark, one after the other, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

_MODULES = ("start_up", "git_work", "setters", "trains", "ledger", "verification", "windows", "pipeline")


def main() -> int:
    codes = [
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=False).returncode for module in _MODULES
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
