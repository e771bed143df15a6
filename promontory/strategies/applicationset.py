"""The applicationset strategy: an environment is an element of an Argo CD ApplicationSet's generators.

::

    {file, match, key}          the value at ``key`` of the element that has what ``match`` says
    {file, match, key, image}   the tag or digest of the image reference there
    {file, name, …}             in the ApplicationSet of that name

Elements are those of list generators (``elements``, ``elementsYaml``) and the files of git file generators,
inside of matrix and merge generators too. Which files those are, the ApplicationSet says itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from promontory.change import Change, FileEdit, Files
from promontory.errors import StrategyError
from promontory.options import Template
from promontory.strategies.contract import Strategy
from promontory.strategies.document_choice import DocumentChoice
from promontory.strategies.element_choice import choose
from promontory.strategies.elements import Element
from promontory.strategies.generators import parameter_sets
from promontory.strategies.image_references import ImageName
from promontory.strategies.keyed_value import Key, canonical_at, read_key, wanted_at
from promontory.strategies.paths import RepositoryPath
from promontory.yamledit import YamlFile, read_yaml, text_at


def _check_match(value: str) -> str:
    if "{release}" in value:
        raise ValueError("only {application} and {environment} are filled in here")
    return value


class ApplicationSetStrategy(Strategy):
    """Which element an environment is, and where in it the release stands."""

    kind: Literal["applicationset"]
    file: RepositoryPath = Field(description="The file that holds the ApplicationSet")
    name: Template | None = Field(default=None, description="Its metadata.name, where the file holds several")
    match: Mapping[Key, Annotated[Template, AfterValidator(_check_match)]] = Field(
        min_length=1,
        description="What the environment's element says: env: staging, values.env: staging, path.basename: staging",
    )
    key: Key = Field(description="The release's path in the element: imageTag, values.image.tag")
    image: ImageName | None = Field(default=None, description="The image whose reference stands at key")

    def current(self, files: Files) -> str | None:
        element = self._element(files)
        return read_key(element.file, element.path_of(self.key), self.image, element.mapping)

    def change(self, files: Files, release: str, sources: Sequence[Strategy]) -> Change:  # noqa: ARG002 — only copies need them
        element = self._element(files)
        wanted = wanted_at(element.file, element.path_of(self.key), release, self.image, element.mapping)
        before, after = files.read(element.path), element.replace(*wanted)
        return Change((FileEdit(element.path, before, after),) if before != after else ())

    @property
    def scope(self) -> tuple[str, ...]:
        return (self.file,)

    def canonical(self, files: Files, release: str) -> str:
        """The release as the element writes it: a chart's version may have no ``v`` where the release has one."""
        with suppress(StrategyError):  # what is wrong there is told when it is this environment's turn
            element = self._element(files)
            if not self.image:
                return canonical_at(element.file, element.path_of(self.key), release, element.mapping)
        return release

    def _element(self, files: Files) -> Element:
        content = files.read(self.file)
        if content is None:
            raise StrategyError(f"there is no file {self.file}", "correct file: or add the file")
        file = read_yaml(content, self.file)
        return choose(parameter_sets(files, self._application_sets(file)), self.file, self.match, self.key)

    def _application_sets(self, file: YamlFile) -> YamlFile:
        """The file as if it held the ApplicationSets only that can be meant."""
        if self.name:
            return DocumentChoice(kind="ApplicationSet", name=self.name).only(file, "name:")
        found = tuple(document for document in file.documents if text_at(document, "kind") == "ApplicationSet")
        if not found:
            raise StrategyError(f"{file.name} holds no ApplicationSet", "correct file:")
        return replace(file, documents=found)
