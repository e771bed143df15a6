"""Ask for an approval in the terminal, and go on as well when the answer comes from elsewhere meanwhile."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from promontory.cli.printing import say, say_diff
from promontory.cli.terminal import stderr

if TYPE_CHECKING:
    from flows.approval import Answer, Elsewhere, Look
    from flows.ready import Ready
    from promontory.approvals import ApprovalState

_POLL_SECONDS = 5.0


async def ask_in_terminal(ready: Ready, state: ApprovalState, look: Look, by: str) -> Answer | Elsewhere | None:
    """Show the plan and ask; None for ``later`` and at the end of the input."""
    from flows.approval import Answer

    show_request(ready, state)
    elsewhere = asyncio.create_task(wait_for_answer(state, look))
    try:
        while True:
            said = await _first(_line("Approve? [y]es, [n]o, [l]ater: "), elsewhere)
            if not isinstance(said, str):
                say("", error=True)
                say("answered elsewhere", error=True)
                return said
            word = said.strip().lower()
            if word in ("y", "yes"):
                return Answer("approved", by)
            if word in ("n", "no"):
                if why := (await _line("Why not? ")).strip():
                    return Answer("rejected", by, why)
                say("a rejection needs a reason", error=True)
            if word in ("l", "later") or not said:
                return None
    finally:
        elsewhere.cancel()


async def wait_for_answer(state: ApprovalState, look: Look) -> Elsewhere:
    """Look at the ledger until the request stands otherwise than in ``state``."""
    from flows.approval import Elsewhere

    while (await look()) == state:  # noqa: ASYNC110 — the event we wait for happens in a remote repository
        await asyncio.sleep(_POLL_SECONDS)
    return Elsewhere()


def show_request(ready: Ready, state: ApprovalState) -> None:
    """What is to be approved: release, place, digest, diff."""
    from promontory.promotion.breaking_glass import about_to_break

    plan = ready.plan
    if plan is None:
        return
    names = ", ".join(f"{part.application} {part.release}" for part in plan.members)
    now = ", ".join(part.previous or "—" for part in plan.members)
    say("", error=True)
    say((names, "bold"), " for ", (plan.environment, "bold"), f": {state.reason}", error=True)
    say(f"  runs now {now}   plan {plan.digest[:19]}   id {ready.hop.promotion}", error=True)
    say("", error=True)
    if ready.hop.break_glass:
        told = about_to_break(ready.hop.break_glass, [gate for gate in ready.gates if not gate.open])
        say("  ", (told, "bold red"), error=True)
        say("", error=True)
    for result in ready.suites:
        if result.tolerated:
            say("  ", (f"{result.title} {result.outcome}: {result.reason}", "bold yellow"), error=True)
            say("", error=True)
    say_diff(plan.shown, "  ", error=True)


async def _first(line: Awaitable[str], elsewhere: asyncio.Task[Elsewhere]) -> str | Elsewhere:
    typed = asyncio.ensure_future(line)
    await asyncio.wait({typed, elsewhere}, return_when=asyncio.FIRST_COMPLETED)
    if typed.done():
        return typed.result()
    typed.cancel()
    return elsewhere.result()


async def _line(question: str) -> str:
    """One line from the terminal, without a thread: Ctrl-C must not leave one waiting for input."""
    stderr().print(question, end="")
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not line.done():
            line.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin, read)
    try:
        return await line
    finally:
        loop.remove_reader(sys.stdin)
