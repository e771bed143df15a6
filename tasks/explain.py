"""What a run leaves behind where a release did not arrive: why, and what to type next."""

from __future__ import annotations

from collections.abc import Iterable

from promontory.promotion.explaining.explain import Asked, explain
from promontory.promotion.explaining.report import explanation_report
from promontory.promotion.values import HopOutcome
from tasks.artifacts import beside, store_explanation
from tasks.running import core

# What the run has just seen and recorded itself is not asked for again; a gate may have to ask a cluster.
_ASKED = Asked(source=False, plan=False, seconds=5)


def show_explanations(outcomes: Iterable[HopOutcome]) -> None:
    """Beside whatever the run does next. One that cannot be made is logged, and no more: the run ends as it has."""
    for outcome in outcomes:
        if not outcome.arrived and outcome.status != "asked":
            beside(_explained(outcome))


async def _explained(outcome: HopOutcome) -> None:
    seen = await core(explain, outcome.application, outcome.environment, outcome.release, _ASKED)
    await store_explanation(outcome.application, outcome.environment, explanation_report(seen))
