"""The tag strategy: each environment follows a Git tag of its own.

::

    {tag: "{release}-staging", application: …}   a tag a release, on the release's commit; a manifest in Git follows it
    {tag: "{release}-staging", live: {…}}        likewise, and the Application is patched in its cluster
    {tag: "web-app-staging", moving: true}       one tag, which is moved; the release is what it names

A tag with a release in its name is never moved and never deleted: what an environment ran stays to be seen. Which
release is in force, says the field that follows the tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from promontory.change import Change, FieldMove, FileEdit, LiveField, Snapshot, TagMove
from promontory.errors import StrategyError
from promontory.manifests.overwriters import overwriters
from promontory.options import Remark, check_template
from promontory.strategies.contract import Followed, Strategy
from promontory.strategies.lineage import best_name, canonical_name
from promontory.strategies.paths import RepositoryPath
from promontory.strategies.tag_names import RELEASE, TagName, like, release_in, tag_of
from promontory.yamledit import Scalar, YamlFile, editable, find, parse_path, read_yaml, replace


def _check_key(key: str) -> str:
    parse_path(check_template(key))
    return key


def _check_name(name: str) -> str:
    check_template(name)
    if RELEASE in name or not name.isprintable() or "/" in name or " " in name:
        raise ValueError(f"{name!r} cannot be the name of an object in a cluster")
    return name


ObjectName = Annotated[str, Field(min_length=1), AfterValidator(_check_name)]


class LiveApplication(BaseModel):
    """An Argo CD Application in a cluster."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    application: ObjectName = Field(description="The Application's name")
    namespace: ObjectName = Field(default="argocd", description="Its namespace")
    context: Annotated[str, Field(min_length=1), AfterValidator(check_template)] | None = Field(
        default=None,
        description="The kubeconfig's context. Left out: the current one, or the cluster that it runs in",
    )


class TagStrategy(Strategy):
    """Which tag an environment has for a release, and what follows it."""

    kind: Literal["tag"]
    tag: TagName = Field(description="The tag that is made on the release's commit: {release}-{environment}")
    application: RepositoryPath | None = Field(
        default=None, description="The manifest of the Argo CD Application that follows the tag"
    )
    live: LiveApplication | None = Field(
        default=None, description="The Application to patch in its cluster, where its manifest is not in Git"
    )
    key: Annotated[str, AfterValidator(_check_key)] = Field(
        default="spec.source.targetRevision", description="Where the tag stands in the Application"
    )
    source: TagName = Field(
        default=RELEASE,
        description="The tag that says which commit a release is, where there is no environment before; or a branch",
    )
    moving: bool = Field(
        default=False, strict=True, description="One tag, without {release}, that is moved from release to release"
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.moving:
            if RELEASE in self.tag:
                raise ValueError("a moving tag has one name for all releases: write tag without {release}")
            if {"application", "live", "key", "source"} & self.model_fields_set:
                raise ValueError("with moving the tag itself is the release: leave out application, live, key, source")
            return self
        if self.tag.count(RELEASE) != 1:
            raise ValueError("write {release} into tag, once; or moving: true for a tag that is moved")
        if (self.application is None) is (self.live is None):
            raise ValueError("give application (a manifest in Git) or live (in the cluster): what follows the tag?")
        return self

    def current(self, files: Snapshot) -> str | None:
        if self.moving:
            commit = files.tags().get(self.tag)
            return best_name(files, commit) if commit else None
        return release_in(self.tag, self._followed(files))

    def canonical(self, files: Snapshot, release: str) -> str:
        return canonical_name(files, release) if self.moving else release

    def change(self, files: Snapshot, release: str, sources: Sequence[Strategy]) -> Change:
        if self.moving:
            return self._moved(files, release)
        name, before = tag_of(self.tag, release), self._followed(files)
        made = files.tags().get(name)
        if made and release_in(self.tag, before) == release:
            return Change()
        earlier = _earlier(sources)
        self._refuse_stranger(before, earlier)
        commit = self._commit(files, release, made, {tag_of(source.tag, release) for source in earlier})
        if made and made != commit:
            raise StrategyError(
                f"the tag {name} is on {made[:12]} already, and {release} is {commit[:12]}; a tag is never moved",
                "promote a new version; or delete the tag by hand if nothing ever ran it",
            )
        tags = () if made else (TagMove(name=name, commit=commit),)
        return self._pointed(files, before, like(before, name), tags)

    def followed(self, files: Snapshot, release: str) -> Followed | None:
        """What the tag names, whatever was pushed to make something follow it."""
        commit = files.tags().get(self.tag if self.moving else tag_of(self.tag, release))
        return Followed(commit, pinned=True) if commit else None

    def commit_of(self, files: Snapshot, release: str, sources: Sequence[Strategy]) -> str | None:
        if self.moving:
            return files.commit(release)
        made = files.tags().get(tag_of(self.tag, release))
        return self._commit(files, release, made, {tag_of(source.tag, release) for source in _earlier(sources)})

    @property
    def scope(self) -> tuple[str, ...]:
        return (self.application,) if self.application else ()

    def rivals(self, files: Snapshot, branch: str) -> tuple[Remark, ...]:
        return overwriters(files, self.scope, branch, (self.live.application,) if self.live else ())

    def remarks(self, files: Snapshot, branch: str) -> tuple[Remark, ...]:  # noqa: ARG002 — it is not about branches
        followed = "" if self.moving else self._followed(files)
        if not followed or release_in(self.tag, followed):
            return ()
        remedy = "the first promotion points it at one; correct tag: if it follows tags already"
        return (Remark(f"{self._where} follows {followed}, which is no tag like {self.tag}", remedy),)

    def _moved(self, files: Snapshot, release: str) -> Change:
        commit, before = files.commit(release), files.tags().get(self.tag)
        if commit is None:
            remedy = "give a version tag of the repository, or a commit's id (7 digits or more)"
            raise StrategyError(f"{release} is neither a tag nor a commit of the repository", remedy)
        return Change() if commit == before else Change(tags=(TagMove(name=self.tag, before=before, commit=commit),))

    # --- which commit a release is ---

    def _commit(self, files: Snapshot, release: str, made: str | None, earlier: set[str]) -> str:
        """What the environments before have; else what `source` says. A branch only says it as long as nobody else."""
        tags = files.tags()
        if known := {name: tags[name] for name in sorted(earlier) if name in tags}:
            return _agreed(release, known)
        if made and (RELEASE not in self.source or tag_of(self.source, release) not in tags):
            return made
        if RELEASE not in self.source:
            return self._head(files, release, earlier)
        name = tag_of(self.source, release)
        commit = files.commit(name)
        if commit is None:
            wanted = f"none of {', '.join([*sorted(earlier), name])}" if earlier else f"no tag {name}"
            remedy = f"push the tag: git tag {name} COMMIT; git push origin {name}"
            raise StrategyError(f"{wanted} says which commit {release} is", remedy)
        return commit

    def _head(self, files: Snapshot, release: str, earlier: set[str]) -> str:
        if earlier:
            missing = " and ".join(sorted(earlier))
            raise StrategyError(f"{missing} is not there", f"promote {release} to the environment before first")
        commit = files.tags().get(self.source) or files.head(self.source)
        if commit is None:
            raise StrategyError(f"there is no tag and no branch {self.source}", "correct source:")
        return commit

    # --- what follows the tag ---

    @property
    def _where(self) -> str:
        return f"{self.live.namespace}/{self.live.application}" if self.live else self.application or ""

    def _followed(self, files: Snapshot) -> str:
        """What the field holds, whatever it is; empty where it holds nothing."""
        if self.live:
            return files.live(self._field(self.live))
        scalar = self._scalar(self._manifest(files))
        return "" if scalar.is_null else scalar.value

    def _pointed(self, files: Snapshot, before: str, after: str, tags: tuple[TagMove, ...]) -> Change:
        if before == after:
            return Change(tags=tags)
        if self.live:
            move = FieldMove(**self._field(self.live).model_dump(), before=before, after=after)
            return Change(tags=tags, fields=(move,))
        file = self._manifest(files)
        content = replace(file, [(self._scalar(file), after)])
        return Change((FileEdit(file.name, files.read(file.name), content),), tags=tags)

    @property
    def live_field(self) -> LiveField | None:
        return self._field(self.live) if self.live else None

    def _field(self, live: LiveApplication) -> LiveField:
        return LiveField(context=live.context, namespace=live.namespace, name=live.application, path=self.key)

    def _manifest(self, files: Snapshot) -> YamlFile:
        path = self.application or ""
        content = files.read(path)
        if content is None:
            raise StrategyError(f"there is no file {path}", "correct application: or add the file")
        return read_yaml(content, path)

    def _scalar(self, file: YamlFile) -> Scalar:
        return editable(file, find(file, self.key))

    def _refuse_stranger(self, followed: str, earlier: Sequence[TagStrategy]) -> None:
        """An Application that follows a tag of another environment is perhaps that environment's."""
        for source in earlier:
            theirs = source.tag not in (RELEASE, self.tag) and release_in(source.tag, followed)
            if theirs and release_in(self.tag, followed) is None:
                raise StrategyError(
                    f"{self._where} follows {followed}, which is a tag of the environment before ({source.tag})",
                    "correct application:, live: or key:; or let it follow something else, by hand, once",
                )


def _earlier(sources: Sequence[Strategy]) -> list[TagStrategy]:
    return [source for source in sources if isinstance(source, TagStrategy) and not source.moving]


def _agreed(release: str, known: Mapping[str, str]) -> str:
    (first, commit), *others = known.items()
    for name, other in others:
        if other != commit:
            both = f"{first} is on {commit[:12]}, {name} on {other[:12]}"
            remedy = "find out which of them is right, and promote a new version"
            raise StrategyError(f"the environments before disagree about {release}: {both}", remedy)
    return commit
