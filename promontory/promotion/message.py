"""The commit messages: they say what moved, and their trailers make the log readable on its own."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.escaping.forge import without_orders
from promontory.escaping.plain import one_line
from promontory.model import Plan
from promontory.promotion.values import Hop

PROMOTION_ID = "Promotion-Id"
_NAMED_AT_MOST = 3
# The values of the others are names, which are read again as they are written.
_SAID_BY_PEOPLE = ("Approved-By", "Break-Glass")


Trailers = Sequence[tuple[str, str | None]]


def promotion_message(
    hop: Hop, plan: Plan, approved_by: Sequence[str], run: str | None, trailers: Trailers = ()
) -> str:
    """A promotion's commit message; ``run`` is the Prefect flow run's id or address, ``trailers`` come last."""
    moved = [(part.application, part.previous, part.release) for part in plan.members]
    what = [
        (PROMOTION_ID, hop.promotion),
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
    lines = [
        f"{key}: {_said(value) if key in _SAID_BY_PEOPLE else one_line(value)}" for key, value in trailers if value
    ]
    return "\n".join([_said(subject), "", *map(_said, body), "", *lines]) + "\n"


def _said(text: str) -> str:
    """A line break in it would start a trailer of its own; ``---`` in a line of its own ends the message."""
    return without_orders(one_line(text))
