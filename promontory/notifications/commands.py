"""What a person may type after an event. What stands in it may come from a ledger that somebody else wrote."""

from __future__ import annotations

from promontory.entry import Entry
from promontory.escaping.shell import command
from promontory.event import Word


def commands_of(word: Word, entry: Entry, *, signed: bool = False) -> tuple[str, ...]:
    """``signed``: whether a yes needs a signature."""
    application, environment, release = entry.application, entry.environment, entry.release
    again = command("promontory", "promote", application, release, "--to", environment)
    history = command("promontory", "history", application, "--environment", environment)
    answers = (
        f"promontory approve {entry.promotion}{' --sign' if signed else ''}",
        f'promontory reject {entry.promotion} --reason "…"',
    )
    commands: dict[Word, tuple[str, ...]] = {
        "approval-wanted": answers,
        "reminded": answers,
        "approved": answers,
        "expired": (again,),
        "tests-failed": (again,),
        "failed": (history,),
        "held": (command("promontory", "hold", "lift", application, environment, release),),
        "lifted": (again,),
        "break-glass": (history,),
    }
    return commands.get(word, ())
