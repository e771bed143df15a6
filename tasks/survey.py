"""Look where a release is already, and draw the hops that are left."""

from __future__ import annotations

from promontory.promotion.survey import Waves
from promontory.promotion.survey import survey as survey_core
from tasks.running import core, step


@step("survey")
async def survey(
    application: str, release: str, to: str | None, run: str, also: dict[str, str], *, allow_downgrade: bool
) -> Waves:
    return await core(survey_core, application, release, to, run, also, allow_downgrade=allow_downgrade)
