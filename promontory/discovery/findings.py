"""What the layouts find, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Confidence = Literal["sure", "likely", "unsure"]
Options = Mapping[str, object]


@dataclass(frozen=True)
class Finding:
    """One place where the release of one application in one environment stands.

    ``application`` and ``environment`` are as the repository calls them. ``options`` are those of a strategy, without
    placeholders. ``evidence`` says where it was seen, ``question`` what a person has to decide. A ``fallback`` counts
    only where nothing else was found in its directory (in the whole repository, where it has none); ``together`` is
    what it and its like are called then, in one note.
    """

    application: str
    environment: str
    options: Options
    evidence: str
    confidence: Confidence = "sure"
    question: str = ""
    fallback: bool = False
    together: str = ""


@dataclass(frozen=True)
class Proven:
    """A finding whose strategy works here: what runs now (None: nothing yet), and which layout found it."""

    finding: Finding
    layout: str
    current: str | None


@dataclass(frozen=True)
class EnvironmentProposal:
    """``after`` are the environments before it; ``production`` wants an approval."""

    name: str
    after: tuple[str, ...] = ()
    production: bool = False
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApplicationProposal:
    """``strategy`` has placeholders; ``overrides``: environment → what differs there, False where it does not run.

    ``current`` is what each of its environments runs.
    """

    name: str
    strategy: Options
    overrides: Mapping[str, Options | Literal[False]]
    current: Mapping[str, str | None]
    comments: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """What becomes of promontory.yaml. ``ordered``: a person gave the order; ``notes``: what was left out, and why."""

    applications: tuple[ApplicationProposal, ...] = ()
    environments: tuple[EnvironmentProposal, ...] = ()
    approvers: tuple[str, ...] = ()
    ordered: bool = False
    notes: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[str, ...]:
        asked = [*(part.questions for part in self.applications), *(part.questions for part in self.environments)]
        return tuple(question for questions in asked for question in questions)


@dataclass(frozen=True)
class Choices:
    """What a person has decided; empty: the defaults.

    ``order`` are the environments in groups, those of one group side by side.
    """

    order: tuple[tuple[str, ...], ...] = ()
    approvers: tuple[str, ...] = ()
    applications: tuple[str, ...] = field(default=())
