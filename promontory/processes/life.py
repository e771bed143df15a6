"""A name for this process that others can tell by whether it still lives, as far as they are on the same machine."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from secrets import token_hex
from socket import gethostname

_NAME = re.compile(r"([0-9a-f]{8})-([1-9]\d{0,9})-[0-9a-f]{8}")


def name_of_this_process() -> str:
    return f"{_machine()}-{os.getpid()}-{token_hex(4)}"


def is_gone(name: str) -> bool:
    """Whether it is known to be; of a process on another machine it is not known."""
    match = _NAME.fullmatch(name)
    if match is None or match[1] != _machine():
        return False
    try:
        os.kill(int(match[2]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    return sha256(gethostname().encode()).hexdigest()[:8]
