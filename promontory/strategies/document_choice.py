"""One document of a file that has several: by ``kind``, ``metadata.name`` and ``metadata.namespace``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from promontory.errors import StrategyError
from promontory.options import Template
from promontory.suggestion import suggest
from promontory.yamledit import Node, YamlFile, text_at


class DocumentChoice(BaseModel):
    """What the document says of itself; of what is left out, anything."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Template | None = Field(default=None, description="Its kind, e.g. HelmRelease")
    name: Template | None = Field(default=None, description="Its metadata.name")
    namespace: Template | None = Field(default=None, description="Its metadata.namespace")

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if not (self.kind or self.name or self.namespace):
            raise ValueError("give kind, name or namespace: which document is it?")
        return self

    def only(self, file: YamlFile, option: str = "document:") -> YamlFile:
        """The file as if it had this document only; edits are still made to all of it.

        ``option`` is what the user has to correct where there is no such document, or several.
        """
        found = [document for document in file.documents if self._is(document)]
        wanted = str(self)
        if not found:
            known = dict.fromkeys(str(_own(document)) for document in file.documents)
            raise StrategyError(f"{file.name} has no document {wanted}{suggest(wanted, known)}", f"correct {option}")
        if len(found) > 1:
            lines = ", ".join(str(file.line(document)) for document in found)
            message = f"several documents are {wanted} (lines {lines})"
            raise file.error(found[1], message, f"make {option} say more, or keep each in a file of its own")
        return replace(file, documents=(found[0],))

    def __str__(self) -> str:
        return " ".join(self._words())

    def _words(self) -> Iterator[str]:
        if self.kind:
            yield self.kind
        if self.namespace or self.name:
            yield "/".join(part for part in (self.namespace, self.name or "*") if part)

    def _is(self, document: Node) -> bool:
        own = _own(document)
        pairs = ((self.kind, own.kind), (self.name, own.name), (self.namespace, own.namespace))
        return all(wanted is None or wanted == found for wanted, found in pairs)


def _own(document: Node) -> DocumentChoice:
    """What a document says of itself, unchecked."""
    kind, name, namespace = (text_at(document, path) for path in ("kind", "metadata.name", "metadata.namespace"))
    return DocumentChoice.model_construct(kind=kind, name=name, namespace=namespace)
