"""Find out which releases are meant, where they were not named themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect import State
from prefect.states import Completed

from promontory.escaping.plain import one_line
from promontory.promotion.resolving import resolve as resolve_core
from tasks.running import core, step


@step("resolve")
async def resolve(asked: Mapping[str, str], to: str | None, run: str) -> State[Any]:
    """Each application's release. The state's message shows in the run how it was found: ``latest → v1.4.0 (…)``."""
    resolved = {name: await core(resolve_core, name, text, to, run) for name, text in asked.items()}
    told = "; ".join(each.told for each in resolved.values())
    return Completed(message=one_line(told), data={name: each.release for name, each in resolved.items()})
