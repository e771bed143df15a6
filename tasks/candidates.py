"""Find what may move into an environment by itself."""

from __future__ import annotations

from promontory.promotion.candidates import Candidate
from promontory.promotion.candidates import candidates as candidates_core
from tasks.running import core, step


@step("candidates-{environment}")
async def candidates(environment: str) -> tuple[Candidate, ...]:
    return await core(candidates_core, environment)
