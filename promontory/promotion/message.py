"""The commit messages: they say what moved, and their trailers make the log readable on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promontory.model import Plan
from promontory.promotion.values import Hop


def promotion_message(hop: Hop, plan: Plan, approved_by: Sequence[str], run: str | None) -> str:
    """A promotion's commit message; ``run`` is the Prefect flow run's id or address."""
    moved = f"from {plan.previous} to {plan.release}" if plan.previous else f"to {plan.release}"
    trailers = {
        "Promotion-Id": hop.promotion,
        "Application": hop.application,
        "Environment": hop.environment,
        "Release": plan.release,
        "Previous-Release": plan.previous,
        "Source-Environment": plan.source,
        "Approved-By": ", ".join(approved_by) or None,
        "Flow-Run": run,
    }
    subject = f"Promote {hop.application} {plan.release} to {hop.environment}"
    return _message(subject, f"{hop.application} in {hop.environment} moves {moved}.", trailers)


def revert_message(hop: Hop, previous: str | None, why: str, run: str | None) -> str:
    """A revert's: ``hop.release`` leaves, ``previous`` is in force again."""
    trailers = {
        "Reverts-Promotion": hop.promotion,
        "Application": hop.application,
        "Environment": hop.environment,
        "Release": previous,
        "Previous-Release": hop.release,
        "Flow-Run": run,
    }
    back = f" to {previous}" if previous else ""
    return _message(f"Revert {hop.application} in {hop.environment}{back}", f"{hop.release}: {why}", trailers)


def _message(subject: str, body: str, trailers: Mapping[str, str | None]) -> str:
    lines = [f"{key}: {_one_line(value)}" for key, value in trailers.items() if value]
    return "\n".join([_one_line(subject), "", _one_line(body), "", *lines]) + "\n"


def _one_line(text: str) -> str:
    """A line break in a value would start a trailer of its own; ``---`` in a line of its own ends the message."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())
