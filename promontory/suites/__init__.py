"""The suites that can be written under ``test:``; a new one is one file and one line here."""

from __future__ import annotations

from promontory.options import Kinds
from promontory.suites.command import CommandSuite
from promontory.suites.contract import Suite

SUITES: Kinds[Suite] = {
    "command": CommandSuite,
}
