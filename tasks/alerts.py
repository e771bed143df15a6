"""Events that automations can listen to: an environment was taken back, or could not be."""

from __future__ import annotations

from typing import Literal

from prefect.events import emit_event

from promontory.promotion.values import HopOutcome

What = Literal["reverted", "revert-asked", "revert-failed", "left-unverified"]


def alert(what: What, outcome: HopOutcome) -> None:
    """Emit ``promontory.<what>`` about the place; the flow run is related to it. Nothing fails with an event.

    What the outcome does not know (a commit, a release before) is empty.
    """
    place = {"application": outcome.application, "environment": outcome.environment}
    emit_event(
        event=f"promontory.{what}",
        resource={
            "prefect.resource.id": f"promontory.place.{outcome.application}.{outcome.environment}",
            "prefect.resource.name": f"{outcome.application} in {outcome.environment}",
            **{f"promontory.{name}": value for name, value in place.items()},
        },
        payload={
            **place,
            "also": [member.application for member in outcome.also],
            "release": outcome.release,
            "previous": outcome.previous or "",
            "promotion": outcome.promotion or "",
            "commit": outcome.commit or "",
            "reason": outcome.reason,
            "remedy": outcome.remedy,
        },
    )
