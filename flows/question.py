"""The question that suspends a deployed run: a form in the Prefect UI, asked until somebody has filled it in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_runs import asuspend_flow_run
from prefect.runtime import flow_run

from flows.forms import Approval
from promontory.approvals import ApprovalState
from promontory.model import Plan
from promontory.promotion.approving import approval_state
from promontory.promotion.values import Hop
from tasks.attending import attend_later
from tasks.running import core
from tasks.waking import wake


@dataclass(frozen=True)
class Question:
    """``state`` is where the request stands while it is asked, for the ``round``-th time."""

    hop: Hop
    plan: Plan
    state: ApprovalState
    round: int

    async def ask(self, description: str) -> Approval:
        """Suspend the run until an answer is there. Whoever only woke it has answered nothing: it is asked again."""
        await attend_later(self.hop.promotion, self.plan.digest, str(flow_run.get_id()))
        form = Approval.with_initial_data(description=description)
        for woken in count():
            try:
                filled = await asuspend_flow_run(wait_for_input=form, key=self._key(woken), timeout=None)
            except Pause:
                await self._look_once_more()
                raise
            if not filled.look:
                return filled
        raise AssertionError

    def _key(self, woken: int) -> str:
        """Prefect answers a key once and for all: a new promotion, plan or round must be a new question."""
        hop, again = self.hop, f"-{woken}" if woken else ""
        return f"approve-{hop.environment}-{hop.promotion}-{self.plan.digest[7:15]}-{self.round}{again}"

    async def _look_once_more(self) -> None:
        """Who answered between our last look and the suspension has found us running, and woken nobody."""
        if await core(approval_state, self.hop, self.plan) != self.state:
            async with get_client() as client:
                await wake(client, str(flow_run.get_id()))
