"""A copy of those objects of one resource in one cluster that somebody watches; the others are not kept.

It is told what a list or a watch brought, and knows nothing of either. Not safe for threads by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from promontory.clusters.labels import is_selector, selects
from promontory.live_objects import Document, Ref, Resource, Selection, Subject

Name = tuple[str, str]


def name_of(document: Document) -> Name:
    """Namespace and name; objects are ordered by it."""
    metadata = document["metadata"]
    return str(metadata.get("namespace", "")), str(metadata["name"])


def concerns(subject: Subject, document: Document) -> bool:
    """Whether the object is the one that is meant, or one of those."""
    namespace, name = name_of(document)
    if isinstance(subject, Ref):
        return (subject.namespace, subject.name) == (namespace, name)
    return subject.namespace == namespace and selects(subject.labels)(document["metadata"].get("labels") or {})


def tidy(resource: Resource, document: Any) -> Document:
    """The object with its type, which lists leave out, and without what can be large and tells nothing of it."""
    document["metadata"].pop("managedFields", None)
    return {"apiVersion": resource.api_version, "kind": resource.kind, **document}


class Copy:
    """A subject is *covered* from when on the copy holds all that there is of it."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._wanted: Counter[Subject] = Counter()
        self._names: Counter[Name] = Counter()
        self._covered: set[Subject] = set()
        self._documents: dict[Name, Document] = {}
        self._deleted: dict[Name, Document] = {}

    def want(self, subject: Subject) -> None:
        self._wanted[subject] += 1
        if isinstance(subject, Ref):
            self._names[subject.namespace, subject.name] += 1

    def forget(self, subject: Subject) -> None:
        """One that wanted it does not any more; what nobody wants now is dropped."""
        self._wanted[subject] -= 1
        if isinstance(subject, Ref):
            self._names[subject.namespace, subject.name] -= 1
        if self._wanted[subject] <= 0:
            del self._wanted[subject]
            self._covered.discard(subject)
        self._names = +self._names
        for known in (self._documents, self._deleted):
            for name in [name for name, found in known.items() if not self.wants(found)]:
                del known[name]

    @property
    def subjects(self) -> frozenset[Subject]:
        return frozenset(self._wanted)

    def wants(self, document: Document) -> bool:
        return name_of(document) in self._names or any(
            concerns(subject, document) for subject in self._wanted if isinstance(subject, Selection)
        )

    def covers(self, subject: Subject) -> bool:
        readable = isinstance(subject, Ref) or is_selector(subject.labels)
        return readable and subject in self._covered

    def read(self, subject: Subject) -> list[Document]:
        if isinstance(subject, Ref):
            found = self._documents.get((subject.namespace, subject.name))
            return [found] if found else []
        return [document for document in self._documents.values() if concerns(subject, document)]

    def put(self, document: Any) -> list[Document]:
        """What an event says an object is now; the object before and after where that is something new."""
        before = self._documents.get(name_of(document))
        if _is_newer(before or self._deleted.get(name_of(document)), document):
            return []
        if not self.wants(document):
            return [self._documents.pop(name_of(before))] if before else []
        after = self._documents[name_of(document)] = tidy(self._resource, document)
        return [after] if before is None else [] if before == after else [before, after]

    def remove(self, document: Document) -> list[Document]:
        """It was deleted. An answer from before that may still be on its way."""
        if self.wants(document):
            self._deleted[name_of(document)] = document
        before = self._documents.pop(name_of(document), None)
        return [before] if before else []

    def prime(self, subject: Subject, documents: Iterable[Any]) -> None:
        """What was asked for directly, after the subject was wanted."""
        if subject not in self._wanted:
            return
        self._covered.add(subject)
        for document in documents:
            self.put(document)

    def replace(self, subjects: Iterable[Subject], documents: Iterable[Any], *, anew: bool) -> list[Document]:
        """A list has brought all there is of ``subjects``; what is different now, before and after.

        Where it was listed ``anew`` what is known counts for nothing: the versions of a cluster that was restored from
        a backup go back.
        """
        listed = {name_of(document): tidy(self._resource, document) for document in documents}
        subjects = [subject for subject in subjects if subject in self._wanted]
        self._covered.update(subjects)
        known = {name_of(found): found for subject in subjects for found in self.read(subject)}
        gone = [self._documents.pop(name) for name in known.keys() - listed.keys()]
        if anew:
            self._deleted.clear()
            changed = [found for name, found in listed.items() if known.get(name) != found]
            self._documents |= listed
            return gone + changed + [known[name_of(found)] for found in changed if name_of(found) in known]
        return gone + [changed for document in listed.values() for changed in self.put(document)]


def _is_newer(known: Document | None, document: Document) -> bool:
    """Whether what is known is newer: versions of one resource are ordered, where they are numbers."""
    if known is None:
        return False
    one, other = (str(each["metadata"].get("resourceVersion", "")) for each in (known, document))
    return one.isdecimal() and other.isdecimal() and int(one) > int(other)
