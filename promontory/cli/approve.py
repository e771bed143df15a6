"""`promontory approve` and `promontory reject`: answer a request, and let the run that waits go on."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import complete_request
from promontory.cli.printing import say, say_diff, say_text
from promontory.cli.signing import Signing, plan_to_sign, signature_for, signing_options, statement_for
from promontory.cli.source import as_option, open_source, source_options, whoami
from promontory.errors import NotAllowed
from promontory.escaping.plain import one_line

if TYPE_CHECKING:
    from promontory.approvals.refusing import Decision
    from promontory.entry import Entry
    from promontory.promotion.workspace import Workspace

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask, even on a terminal.")


@click.command()
@click.argument("promotion", metavar="ID", shell_complete=complete_request)
@click.option("--note", default="", metavar="TEXT", help="Goes into the ledger with your answer.")
@yes_option
@signing_options
@as_option
@source_options
def approve(promotion: str, note: str, *, yes: bool, by: str | None, signing: Signing) -> int:
    """Say yes to the waiting promotion ID (see `promontory pending`; the first digits are enough).

    The answer counts for exactly the change that is shown. Then the flow run that waits is resumed.
    Where the environment's approval is `signed`, it takes --sign; to sign elsewhere, print what is to be signed with
    --statement, and bring what came of it with --signature.
    """
    return _answer(promotion, "approved", note, yes=yes, by=by, signing=signing)


@click.command()
@click.argument("promotion", metavar="ID", shell_complete=complete_request)
@click.option("--reason", required=True, metavar="TEXT", help="Why not; goes into the ledger with your answer.")
@yes_option
@signing_options
@as_option
@source_options
def reject(promotion: str, reason: str, *, yes: bool, by: str | None, signing: Signing) -> int:
    """Say no to the waiting promotion ID (see `promontory pending`; the first digits are enough).

    One no is enough: the promotion ends. Promoting the same release again asks anew.
    """
    return _answer(promotion, "rejected", reason, yes=yes, by=by, signing=signing)


def _answer(promotion: str, decision: Decision, note: str, *, yes: bool, by: str | None, signing: Signing) -> int:
    from promontory.promotion.approving import answer
    from promontory.promotion.requests import find_request
    from promontory.promotion.signing import Signed

    workspace = open_source(whoami(by))
    try:
        request = find_request(workspace, promotion)
    except NotAllowed as over:
        return _answered_before(workspace, promotion, decision, over)
    _show(workspace, request, signing)
    statement = statement_for(workspace, request, decision) if signing.proven else ""
    if statement:
        say_text(statement, error=not signing.statement)
        if signing.statement:
            return 0
    if sys.stdin.isatty() and not yes:
        click.confirm(f"{'Approve' if decision == 'approved' else 'Reject'}?", abort=True, err=True)
    signature = signature_for(statement, signing) if signing.proven else None
    workspace.repository.sync()  # reading a diff takes its time
    proof = Signed("command line", signature) if signature else "command line"
    entry = answer(workspace, request.promotion, decision, note, proof, request.digest)
    say((f"{decision}: ", "green" if decision == "approved" else "red"), _what(entry), f", by {one_line(entry.by)}")
    _go_on(workspace, request)
    return 0


def _answered_before(workspace: Workspace, promotion: str, decision: Decision, over: NotAllowed) -> int:
    """The same answer as the one that ended it is fine; another one comes too late."""
    from promontory.promotion.waiting import last_answer

    entry = last_answer(workspace, promotion)
    if entry is None or entry.kind != decision:
        raise over
    say(f"{entry.kind} already: {_what(entry)}, by {one_line(entry.by)}")
    return 0


def _show(workspace: Workspace, request: Entry, signing: Signing) -> None:
    from promontory.promotion.breaking_glass import to_be_broken
    from promontory.promotion.requests import plan_of

    plan = plan_to_sign(workspace, request) if signing.proven else plan_of(workspace, request)
    say((_what(request), "bold"), f"   asked for by {one_line(request.by)}", error=True)
    for part in plan.also if plan else ():
        say((f"together with {part.application} {part.previous or 'nothing'} → {part.release}", "bold"), error=True)
    entries = workspace.record(request.place).of(request.promotion)
    if glass := to_be_broken(request, entries):
        say((glass, "bold red"), error=True)
    if plan:
        say("", error=True)
        say_diff(plan.shown, "  ", error=True)
        say("", error=True)


def _what(entry: Entry) -> str:
    moved = f"{entry.previous} → {entry.release}" if entry.previous else entry.release
    return f"{entry.application} {moved} for {entry.environment} ({entry.promotion}, {entry.digest})"


def _go_on(workspace: Workspace, request: Entry) -> None:
    from promontory.promotion.waiting import waiting_request

    stands = waiting_request(workspace, request)
    if stands.status == "waiting":
        say(stands.state)
    elif request.run is None:
        say("recorded; promote again, and it goes on from here")
    else:
        from promontory.cli.resuming import resume

        say(f"recorded; {asyncio.run(resume(request.run, request.promotion))}")
