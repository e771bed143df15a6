"""What an environment's own branch runs, read back from the commits that promotions made on it.

A promotion's commit says in a trailer what it brought: ``<release> <source commit> <paths>``. A commit that takes one
back says which promotion it ``Undoes``, and which commit it ``Restores``: a fast-forward has no commit of its own.
Git's own merge base would not do: what was reverted counts as merged for ever, and promoting it again as a no-op.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from semver import Version

from promontory.change import PROPOSED_TO, Commit, Snapshot

_MERGE_PARENTS = 2
# Each costs a call to Git; further back than this somebody promotes by hand.
_MERGES_LOOKED_INTO = 20


@dataclass(frozen=True)
class Brought:
    """A release, and the commit that it is in the branch or repository that it came from.

    ``common``: where the branch and its source are to be compared by Git's own merge base, because somebody merged by
    hand since, or nothing was ever promoted: from this commit, which nothing that was taken back has a part in.
    ``told``: a promotion brought it; else it is what the branch was before there was any.
    """

    release: str
    source: str
    common: str | None = None
    told: bool = True


@dataclass(frozen=True)
class Lineage:
    """``trailer`` is the key, ``paths`` are what this application has on the branch (everything where empty).

    ``branch`` is its name. It is told as well, because one promotion may move several branches with one message
    for all; and what was proposed to it in a pull request was brought when that was merged.
    """

    trailer: str
    paths: tuple[str, ...] = ()
    branch: str = ""

    def told(self, release: str, source: str) -> dict[str, str]:
        """The trailer for a commit that brings ``release``."""
        return {self.trailer: " ".join([release, source, *map(_quoted, self._where)])}

    def in_force(self, snapshot: Snapshot, head: str) -> Brought:
        """What was brought last and not taken back; the branch itself where nothing ever was."""
        undone: dict[str, str] = {}
        common, by_hand = head, False
        for commit in self._told_by_requests(snapshot, snapshot.history(head)):
            was_undone = undone.pop(commit.trailers.get("Promotion-Id", ""), None) is not None
            if not was_undone and (found := self._brought(commit)):
                return Brought(*found, common if by_hand else None)
            if promotion := commit.trailers.get("Undoes"):
                common = undone[promotion] = _restored(snapshot, commit, head)
            by_hand = by_hand or _is_manual_merge(commit)
        # What was undone without having left a commit was a fast-forward: go on from where that started.
        if forwarded := next(iter(undone.values()), None):
            return self.in_force(snapshot, forwarded) if forwarded != head else self._itself(snapshot, head)
        return self._itself(snapshot, common)

    def _told_by_requests(self, snapshot: Snapshot, history: Sequence[Commit]) -> Iterator[Commit]:
        """The merge of a pull request says nothing itself, where people made it; the commit that it merged does."""
        looked = 0
        for commit in history:
            proposed = None
            if self.branch and _is_manual_merge(commit) and looked < _MERGES_LOOKED_INTO:
                looked += 1
                tip = next(iter(snapshot.history(commit.parents[1])), None)
                proposed = tip if tip and tip.trailers.get(PROPOSED_TO) == self.branch else None
            yield replace(commit, trailers=proposed.trailers) if proposed else commit

    def _itself(self, snapshot: Snapshot, commit: str) -> Brought:
        source = snapshot.last_change(commit, self.paths) if self.paths else commit
        return Brought(best_name(snapshot, source), source, common=commit, told=False)

    def _brought(self, commit: Commit) -> tuple[str, str] | None:
        for value in _values(commit, self.trailer):
            release, _, rest = value.partition(" ")
            source, *where = rest.split()
            if tuple(map(unquote, where)) == self._where:
                return release, source
        return None

    @property
    def _where(self) -> tuple[str, ...]:
        return (self.branch, *self.paths) if self.branch else self.paths


def best_name(snapshot: Snapshot, commit: str) -> str:
    """The highest semantic version among the tags of a commit; its id where there is none."""
    names = [name for name, named in snapshot.tags().items() if named == commit and _version(name)]
    return max(names, key=lambda name: (_version(name), name), default=commit)


def canonical_name(snapshot: Snapshot, release: str, paths: Sequence[str] = ()) -> str:
    """The name that `best_name` gives for what ``release`` names; unchanged where that is no commit.

    With ``paths`` a release is the last commit that changed them.
    """
    commit = snapshot.commit(release)
    if commit is None:
        return release
    return best_name(snapshot, snapshot.last_change(commit, paths) if paths else commit)


def _version(name: str) -> Version | None:
    try:
        return Version.parse(name.removeprefix("v"))
    except ValueError:
        return None


def _restored(snapshot: Snapshot, commit: Commit, head: str) -> str:
    """What the commit went back to, on this branch: one push may have moved several."""
    restored = (each for each in _values(commit, "Restores") if snapshot.merge_base(each, head) == each)
    return next(restored, commit.sha)


def _values(commit: Commit, key: str) -> Sequence[str]:
    return [value for value in commit.trailers.get(key, "").split(", ") if value]


def _is_manual_merge(commit: Commit) -> bool:
    ours = ("Promotion-Id", "Undoes", "Reverts-Promotion")
    return len(commit.parents) >= _MERGE_PARENTS and not any(key in commit.trailers for key in ours)


def _quoted(path: str) -> str:
    return quote(path, safe="/")
