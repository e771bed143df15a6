"""The commit messages: they say what moved, and their trailers make the log readable on its own."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.model import Plan
from promontory.promotion.values import Hop

_NAMED_AT_MOST = 3


Trailers = Sequence[tuple[str, str | None]]


def promotion_message(
    hop: Hop, plan: Plan, approved_by: Sequence[str], run: str | None, trailers: Trailers = ()
) -> str:
    """A promotion's commit message; ``run`` is the Prefect flow run's id or address, ``trailers`` come last."""
    moved = [(part.application, part.previous, part.release) for part in plan.members]
    what = [
        ("Promotion-Id", hop.promotion),
        *_moves(hop, plan.previous, plan.release),
        ("Source-Environment", plan.source),
        ("Approved-By", ", ".join(approved_by) or None),
        ("Flow-Run", run),
        *trailers,
    ]
    body = [f"{name} in {hop.environment} moves {_from_to(previous, release)}." for name, previous, release in moved]
    return _message(subject(hop), body, what)


def subject(hop: Hop) -> str:
    """What a promotion is called in one line."""
    return f"Promote {_named(hop)} to {hop.environment}"


def revert_message(hop: Hop, previous: str | None, why: str, run: str | None, trailers: Trailers = ()) -> str:
    """A revert's: ``hop.release`` leaves, ``previous`` is in force again."""
    back = f" to {previous}" if previous and not hop.also else ""
    subject = f"Revert {_applications(hop)} in {hop.environment}{back}"
    what = [("Reverts-Promotion", hop.promotion), *_moves(hop, hop.release, previous), ("Flow-Run", run), *trailers]
    return _message(subject, [f"{hop.release}: {why}" if not hop.also else why], what)


def _moves(hop: Hop, previous: str | None, release: str | None) -> Trailers:
    """Which application moved where; one line each where several did."""
    if not hop.also:
        where = (("Application", hop.application), ("Environment", hop.environment))
        return (*where, ("Release", release), ("Previous-Release", previous))
    members = [("Member", f"{member.application} {member.release}") for member in hop.members]
    return (("Environment", hop.environment), *members)


def _named(hop: Hop) -> str:
    """``web-app v1.3.0``, ``web-app v1.3.0 and api v2.1.0``, ``12 applications``."""
    names = [f"{member.application} {member.release}" for member in hop.members]
    return f"{len(names)} applications" if len(names) > _NAMED_AT_MOST else " and ".join(names)


def _applications(hop: Hop) -> str:
    names = [member.application for member in hop.members]
    return f"{len(names)} applications" if len(names) > _NAMED_AT_MOST else " and ".join(names)


def _from_to(previous: str | None, release: str) -> str:
    return f"from {previous} to {release}" if previous else f"to {release}"


def _message(subject: str, body: Sequence[str], trailers: Trailers) -> str:
    lines = [f"{key}: {_one_line(value)}" for key, value in trailers if value]
    return "\n".join([_one_line(subject), "", *(_one_line(line) for line in body), "", *lines]) + "\n"


def _one_line(text: str) -> str:
    """A line break in a value would start a trailer of its own; ``---`` in a line of its own ends the message."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())
