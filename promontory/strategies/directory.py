"""The directory strategy: each environment is a directory of one branch, and a file in it names the release.

::

    {path, image}               the ``images:`` entry of the directory's kustomization
    {path, file, image}         every ``image:`` of that repository in a patch file
    {path, file, key}           the value at a path of a YAML or JSON file
    {path, file, key, image}    the tag or digest of the image reference at that path, or in the list there
    {path, file, document, …}   in that one of the file's documents
    {path, copy}                files copied from an environment before; the release is a hash over them
    {path, copy, image, …}      both: copied first, then the release is written

What the release is, is read from the same place as it is written to. With ``copy`` alone the release is
``sha256:…`` over the files' names and contents (see `copied_files.release_of`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from promontory.change import Change, FileEdit, Files
from promontory.errors import StrategyError
from promontory.manifests.overwriters import overwriters
from promontory.options import Remark
from promontory.strategies.chart_lock import check_lock, locked
from promontory.strategies.contract import Strategy
from promontory.strategies.copied_files import Overlay, copies, release_of
from promontory.strategies.document_choice import DocumentChoice
from promontory.strategies.file_release import read_release, write_release
from promontory.strategies.image_references import ImageName
from promontory.strategies.keyed_value import Key, canonical_at
from promontory.strategies.kustomize_images import kustomization, read_entry, write_entry
from promontory.strategies.paths import RepositoryPath, join
from promontory.yamledit import YamlFile, read_yaml


class DirectoryStrategy(Strategy):
    """Which directory an environment is, and where in it the release stands."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["directory"]
    path: RepositoryPath = Field(description="The environment's directory")
    file: RepositoryPath | None = Field(default=None, description="The file in it that names the release")
    key: Key | None = Field(
        default=None,
        description="The release's path in that file: image.tag, containers[0].image, env[name=VERSION].value",
    )
    image: ImageName | None = Field(
        default=None, description="The image whose tag or digest is the release, as the files name it"
    )
    document: DocumentChoice | None = Field(
        default=None, description="Which document of the file, by its kind, name and namespace; where several have it"
    )
    # `copy` would hide BaseModel.copy
    copy_files: tuple[RepositoryPath, ...] = Field(
        default=(), alias="copy", description="Files copied from the environment before"
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.key and not self.file:
            raise ValueError("key needs file: which file is the key in?")
        if self.document and not self.file:
            raise ValueError("document needs file: which file is it in?")
        if self.file and not (self.key or self.image):
            raise ValueError("file needs key or image: what in the file is the release?")
        if not (self.image or self.key or self.copy_files):
            raise ValueError("give image, file and key, or copy: how does the directory name its release?")
        if len(set(self.copy_files)) < len(self.copy_files):
            raise ValueError("copy names a file twice")
        return self

    def current(self, files: Files) -> str | None:
        self._names(files)
        if not self._names_release:
            return release_of(files, self.path, self.copy_files)
        file = self._yaml(files)
        if self.key:
            check_lock(files, file, self.key)
        return read_release(file, self.key, self.image) if self.file else read_entry(file, self.image or "")

    def change(self, files: Files, release: str, sources: Sequence[Strategy]) -> Change:
        self._names(files)
        written = self._copies(files, release, sources)
        if self._names_release:
            written |= self._written(Overlay(files, written), release)
        edits = (FileEdit(path, files.read(path), content) for path, content in written.items())
        return Change(tuple(edit for edit in edits if edit.before != edit.after))

    @property
    def scope(self) -> tuple[str, ...]:
        return (self.path,)

    def rivals(self, files: Files, branch: str) -> tuple[Remark, ...]:
        return overwriters(files, (join(self.path, self.file),) if self.file else self.scope, branch)

    def canonical(self, files: Files, release: str) -> str:
        """The release as the file writes it: a chart's version may have no ``v`` where the release has one."""
        if self.key and not self.image:
            with suppress(StrategyError):  # what is wrong there is told when it is this environment's turn
                return canonical_at(self._yaml(files), self.key, release)
        return release

    @property
    def _names_release(self) -> bool:
        return bool(self.image or self.key)

    def _names(self, files: Files) -> tuple[str, ...]:
        """What is in the environment's directory, which must be there whatever is done with it."""
        names = files.names("" if self.path == "." else self.path)
        if names is None:
            raise StrategyError(f"there is no directory {self.path}", "correct path: or add the directory")
        return names

    def _yaml(self, files: Files) -> YamlFile:
        path = join(self.path, self.file or kustomization(self._names(files), self.path))
        content = files.read(path)
        if content is None:
            raise StrategyError(f"there is no file {path}", "correct file: or add the file")
        file = read_yaml(content, path)
        return self.document.only(file) if self.document else file

    def _written(self, files: Files, release: str) -> dict[str, bytes]:
        file = self._yaml(files)
        if not self.file:
            return {file.name: write_entry(file, self.image or "", release)}
        content = write_release(file, self.key, self.image, release)
        return {file.name: content, **(locked(files, file, self.key, content) if self.key else {})}

    def _copies(self, files: Files, release: str, sources: Sequence[Strategy]) -> dict[str, bytes]:
        """Nothing in the first environment, if the release can be written there: there is nothing before it."""
        if not self.copy_files or (self._names_release and not sources):
            return {}
        return copies(files, self._source(files, release, sources).path, self.path, self.copy_files)

    def _source(self, files: Files, release: str, sources: Sequence[Strategy]) -> DirectoryStrategy:
        """The first environment before this one that runs the release."""
        before = [source for source in sources if isinstance(source, DirectoryStrategy)]
        if not before:
            raise StrategyError(
                f"{self.path} has no environment before it to copy {', '.join(self.copy_files)} from",
                "give this environment after:, or an image or a key that names its release",
            )
        running = {source.path: self._release_at(files, source) for source in before}
        for source in before:
            if running[source.path] == release:
                return source
        found = ", ".join(f"{path} runs {current or 'no release yet'}" for path, current in running.items())
        raise StrategyError(
            f"{release} cannot be copied to {self.path}: {found}", "promote it to the environment before first"
        )

    def _release_at(self, files: Files, source: DirectoryStrategy) -> str | None:
        """By this environment's own measure: with copies alone, the hash of what would be copied."""
        return source.current(files) if self._names_release else release_of(files, source.path, self.copy_files)
