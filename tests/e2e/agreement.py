"""The invariants that hold whatever was killed: the ledger and the branch tell the same story, and each thing once."""

from __future__ import annotations

from collections import Counter
from itertools import product

from promontory.entry import Entry
from tests.e2e.stage import Stage

_SEPARATOR = "\x1e"


def assert_agreement(stage: Stage, environments: tuple[str, ...] = ("dev", "staging")) -> None:
    """One commit for each promotion and each revert, one entry for each commit, and what is in force is there."""
    entries = stage.entries()
    story = _story(stage, entries)
    for trailer, kind in (("Promotion-Id", "pushed"), ("Reverts-Promotion", "reverted")):
        commits = _commits(stage, trailer)
        recorded = {e.pushed.after: e.promotion for e in entries if e.kind == kind and e.pushed}
        assert max(Counter(commits.values()).values(), default=1) == 1, f"two commits of one {trailer}\n{story}"
        assert commits == recorded, f"branch and ledger disagree on what was {kind}\n{story}"
        once = Counter((e.application, e.promotion) for e in entries if e.kind == kind)
        assert max(once.values(), default=1) == 1, f"{kind} twice\n{story}"
    applications = dict.fromkeys(["web-app", *(entry.application for entry in entries)])
    for environment, application in product(environments, applications):
        own = (e for e in entries if (e.environment, e.application) == (environment, application))
        in_force = [e.in_force for e in own if e.in_force]
        expected = in_force[-1] if in_force else "v1.2.0"
        assert stage.release(environment, application) == expected, f"{environment} runs something else\n{story}"


def _commits(stage: Stage, trailer: str) -> dict[str, str]:
    """Commit → the trailer's value, of all commits on the branch that have it.

    Not of what a pull request brought along: the merge of it says the same.
    """
    form = f"%H %(trailers:key={trailer},valueonly,separator=){_SEPARATOR}"
    lines = stage.git("log", "--first-parent", f"--format={form}", "main").split(_SEPARATOR)
    pairs = (line.split() for line in lines)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _story(stage: Stage, entries: list[Entry]) -> str:
    log = stage.git("log", "--format=%h %s (%(trailers:key=Promotion-Id,valueonly,separator=))", "main")
    lines = [f"{e.at:%T.%f} {e.environment} {e.kind} {e.release} {e.promotion} by {e.by}" for e in entries]
    return "\n".join(["the branch:", log, "the ledger:", *lines])
