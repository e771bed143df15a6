"""Is our revision what an Application was compared with? (semantics of rules 6 and 7)

What is asked for is a commit of the GitOps repository, or with ``revision:`` a chart's version, or a tag of another
repository. A commit that descends from ours has it as well; on a branch that others push to, equality would be lost
for ever with the next unrelated commit. Only a commit that a tag pins has to be that very commit: the release that is
newer, or was taken back, may descend from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from promontory.checks.argocd.application import Application, OperationState, Source, one_line
from promontory.checks.argocd.sources import own_paths
from promontory.checks.contract import History
from promontory.release import shown

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TAGS = "refs/tags/"
_HYDRATED = (
    "its manifests are hydrated by Argo CD (sourceHydrator), whose commits are others than ours: look at it with a "
    "check that asks what runs, e.g. kubernetes or http"
)
Way = Literal["", "the commit itself", "a later commit", "the same files", "the revision"]


@dataclass(frozen=True)
class Wanted:
    """``commit`` of the GitOps repository; ``pinned``: no other one will do. Or ``revision``, which goes first."""

    commit: str | None = None
    pinned: bool = False
    revision: str | None = None

    @property
    def nothing(self) -> bool:
        return self.commit is None and self.revision is None


@dataclass(frozen=True)
class Proof:
    """``there``: None where it cannot be told, for ``reason``; ``way``: what shows it.

    ``fresh``: no status from before the push is taken for one of afterwards. ``failed``: the last operation was one on
    what is wanted, and failed. ``unlike``: why it does not run the image that is wanted.
    """

    there: bool | None
    way: Way = ""
    reason: str = ""
    fresh: bool = True
    failed: bool = False
    unlike: str = ""


@dataclass(frozen=True)
class Revisions:
    """Compares what Argo CD reports with what is wanted."""

    wanted: Wanted
    history: History

    async def prove(self, application: Application) -> Proof:
        sources, observed = application.sources, application.observed
        if application.spec.source_hydrator and not sources:
            return Proof(None, reason=_HYDRATED)
        if len(sources) != len(observed) or not sources:
            return Proof(None, reason=f"has {_count(len(sources), 'source')} and {_count(len(observed), 'revision')}")
        if self.wanted.revision:
            return self._by_revision(sources, observed, self.wanted.revision)
        ours = [number for number, source in enumerate(sources) if self.history.is_ours(source.repository)]
        if not ours:
            known = ", ".join(dict.fromkeys(one_line(source.repository) for source in sources))
            return Proof(
                None, reason=f"none of its sources is the GitOps repository ({known}): say with revision: what it runs"
            )
        return await self._by_commit(application, ours, self.wanted.commit or "")

    async def is_ours(self, operation: OperationState) -> bool:
        """Whether an operation was one on what is wanted."""
        if wanted := self.wanted.revision:
            return not {wanted, f"{_TAGS}{wanted}"}.isdisjoint({*operation.revisions, *operation.followed})
        commit = self.wanted.commit
        return commit is not None and any([await self._contains(each, commit) for each in operation.revisions])

    def _by_revision(self, sources: Sequence[Source], observed: Sequence[str], wanted: str) -> Proof:
        names = {wanted, f"{_TAGS}{wanted}"}
        followed = [source.target_revision for source in sources if not self.history.is_ours(source.repository)]
        if wanted in observed or names & set(followed or [source.target_revision for source in sources]):
            return Proof(there=True, way="the revision")
        return Proof(there=False, reason=f"runs {_shown(observed)}, not {wanted} yet")

    async def _by_commit(self, application: Application, ours: Sequence[int], commit: str) -> Proof:
        """All sources that follow one revision have it; or each source has it, or the same files."""
        observed = application.observed
        has = {number: await self._contains(observed[number], commit) for number in ours}
        for followed in {application.sources[number].target_revision for number in ours}:
            group = [number for number in ours if application.sources[number].target_revision == followed]
            if all(has[number] for number in group):
                same = all(observed[number] == commit for number in group)
                return Proof(there=True, way="the commit itself" if same else "a later commit")
        same_files = [bool(has[number]) or await self._same_files(application, number, commit) for number in ours]
        if all(same_files):
            return Proof(there=True, way="the same files")
        seen = [observed[number] for number in ours]
        if all(has[number] is None for number in ours):
            return Proof(there=False, reason=f"runs {_shown(seen)}, which the GitOps repository does not have")
        return Proof(there=False, reason=f"runs {_shown(seen)}, not {shown(commit)} yet")

    async def _contains(self, observed: str, commit: str) -> bool | None:
        """None where nobody knows, since it is no commit of the repository."""
        if observed == commit:
            return True
        if not _COMMIT.fullmatch(observed):
            return None
        return False if self.wanted.pinned else await self.history.contains(observed, commit)

    async def _same_files(self, application: Application, number: int, commit: str) -> bool:
        paths, observed = own_paths(application, number), application.observed[number]
        if paths is None or not _COMMIT.fullmatch(observed):
            return False
        return all([await self.history.same_tree(path, observed, commit) for path in paths])


def _shown(revisions: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(shown(one_line(revision)) or "nothing" for revision in revisions))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
