"""Trees and files of commits, read by object id: no checkout, no index, no name that git would interpret."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from promontory.change import TreeEntry
from promontory.errors import RepositoryError, StrategyError
from promontory.repository.listing import Listing
from promontory.repository.objects import Objects

DIRECTORY, SYMLINK, SUBMODULE = "40000", "120000", "160000"
_MISSING = "a tree is missing in the mirror of {}"
_CACHED_TREES = 16_384
_CACHED_BLOBS = 4_096
_SMALL = 64 * 1024  # bytes; what is larger is read again when it is asked for again

Tree = Mapping[str, TreeEntry]


@dataclass
class Trees:
    """Trees never change, so they are kept by id, the latest ones first to stay. Several threads may ask at once."""

    objects: Objects
    _cache: OrderedDict[str, Tree] = field(default_factory=OrderedDict, repr=False)
    _blobs: OrderedDict[str, bytes] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def root(self, commit: str) -> Tree:
        """Raises `RepositoryError` for a commit that the repository does not have."""
        if (kept := self._cache.get(f"{commit}^{{tree}}")) is not None:
            return kept
        return self._named([f"{commit}^{{tree}}"], missing=f"there is no commit {commit} in {self.objects.url}")[0]

    def load(self, oids: list[str]) -> list[Tree]:
        return self._named(oids, missing=_MISSING.format(self.objects.url))

    def listings(self, oids: list[str]) -> list[Listing]:
        """Directories that are looked through and not walked; they are not kept."""
        found = self.objects.get(oids)
        if any(it is None or it.kind != "tree" for it in found):
            raise RepositoryError(_MISSING.format(self.objects.url), "it may have been removed by a force-push")
        return [Listing(it.data, len(it.oid) // 2) for it in found if it]

    def entry(self, commit: str, path: str, *, strict: bool = True) -> TreeEntry | None:
        """What a path is; None when it is nothing.

        A symbolic link on the way is a `StrategyError` naming it, or not ``strict``, what nothing can lie behind.
        """
        entry: TreeEntry | None = None
        tree = self.root(commit)
        names = path.split("/")
        for depth, name in enumerate(names):
            entry = tree.get(name)
            if entry is None or depth == len(names) - 1:
                return entry
            if entry.mode == SYMLINK and strict:
                raise symlink_refused("/".join(names[: depth + 1]))
            if entry.mode != DIRECTORY:
                return None
            tree = self._subtree(entry)
        return entry

    def _subtree(self, entry: TreeEntry) -> Tree:
        kept = self._cache.get(entry.oid)
        return self.load([entry.oid])[0] if kept is None else kept

    def directory(self, commit: str, path: str) -> Tree | None:
        if path.strip("/") in ("", "."):
            return self.root(commit)
        entry = self.entry(commit, path.strip("/"))
        if entry is not None and entry.mode == SYMLINK:
            raise symlink_refused(path)
        return self._subtree(entry) if entry is not None and entry.mode == DIRECTORY else None

    def below(self, commit: str, places: Collection[str]) -> list[tuple[str, TreeEntry]]:
        """Everything below several directories (and files), read level by level for all of them together."""
        wanted = {place.strip("/") for place in places}
        ways = {"/".join(place.split("/")[:depth]) for place in wanted for depth in range(place.count("/") + 1)}
        found: list[tuple[str, TreeEntry]] = []
        level = [("", self.root(commit), not wanted.isdisjoint(("", ".")))]
        while level:
            deeper: list[tuple[str, str, bool]] = []
            for base, tree, inside in level:
                for name, entry in tree.items():
                    path = base + name
                    taken = inside or path in wanted
                    if entry.mode == DIRECTORY and (taken or path in ways):
                        deeper.append((f"{path}/", entry.oid, taken))
                    elif entry.mode != DIRECTORY and taken:
                        found.append((path, entry))
            trees = self.load([oid for _, oid, _ in deeper])
            level = [(base, tree, inside) for (base, _, inside), tree in zip(deeper, trees, strict=True)]
        return found

    def blob(self, oid: str) -> bytes | None:
        """A blob's content; None where there is none."""
        return self.blobs([oid]).get(oid)

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents of those that there are, read together; small ones are kept for the next time."""
        wanted = list(dict.fromkeys(oids))
        with self._lock:
            kept = {oid: self._blobs[oid] for oid in wanted if oid in self._blobs}
            missing = [oid for oid in wanted if oid not in kept]
            read = {oid: it.data for oid, it in zip(missing, self.objects.get(missing), strict=True) if it}
            self._blobs.update((oid, data) for oid, data in read.items() if len(data) <= _SMALL)
            while len(self._blobs) > _CACHED_BLOBS:
                self._blobs.popitem(last=False)
            return kept | read

    def walk(self, commit: str, prefix: str) -> list[tuple[str, TreeEntry]]:
        """Everything below a directory except the directories themselves, in the order of its names."""
        top = self.directory(commit, prefix)
        found: list[tuple[str, TreeEntry]] = []
        start = prefix.strip("/")
        level = [(f"{start}/" if start not in ("", ".") else "", top)] if top is not None else []
        while level:
            below: list[tuple[str, str]] = []
            for base, tree in level:
                below += [(f"{base}{name}/", entry.oid) for name, entry in tree.items() if entry.mode == DIRECTORY]
                found += [(base + name, entry) for name, entry in tree.items() if entry.mode != DIRECTORY]
            level = list(zip((base for base, _ in below), self.load([oid for _, oid in below]), strict=True))
        return sorted(found)

    def _named(self, names: list[str], missing: str) -> list[Tree]:
        with self._lock:
            return self._kept(names, missing)

    def _kept(self, names: list[str], missing: str) -> list[Tree]:
        wanted = [name for name in dict.fromkeys(names) if name not in self._cache]
        trees = {name: self._cache[name] for name in names if name in self._cache}
        for name, found in zip(wanted, self.objects.get(wanted), strict=True):
            if found is None or found.kind != "tree":
                raise RepositoryError(missing, "it may have been removed by a force-push")
            trees[name] = self._cache[name] = parse_tree(found.data, len(found.oid) // 2)
        for name in names:
            self._cache.move_to_end(name)
        while len(self._cache) > _CACHED_TREES:
            self._cache.popitem(last=False)
        return [trees[name] for name in names]


@dataclass(frozen=True)
class CommitFiles:
    """The files of one commit: the `Files` contract of the model."""

    trees: Trees
    commit: str

    def read(self, path: str) -> bytes | None:
        entry = self.trees.entry(self.commit, path)
        if entry is None or entry.mode in (DIRECTORY, SUBMODULE):
            return None
        if entry.mode == SYMLINK:
            raise symlink_refused(path)
        content = self.trees.blob(entry.oid)
        if content is None:
            raise RepositoryError(f"{path}: its content is missing in {self.trees.objects.url}")
        return content

    def names(self, directory: str) -> tuple[str, ...] | None:
        tree = self.trees.directory(self.commit, directory)
        if tree is None:
            return None
        return tuple(sorted(f"{name}/" if entry.mode == DIRECTORY else name for name, entry in tree.items()))


def symlink_refused(path: str) -> StrategyError:
    return StrategyError(f"{path}: is a symbolic link, which is not followed", "name the file it points to")


def parse_tree(data: bytes, oid_bytes: int) -> Tree:
    """The format of a tree object: mode, space, name, NUL, id; over and over."""
    entries: dict[str, TreeEntry] = {}
    position = 0
    while position < len(data):
        space = data.index(b" ", position)
        end = data.index(b"\0", space)
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        oid = data[end + 1 : end + 1 + oid_bytes].hex()
        entries[name] = TreeEntry(data[position:space].decode("ascii"), oid)
        position = end + 1 + oid_bytes
    return entries
