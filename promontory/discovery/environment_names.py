"""What the name of an environment tells: its stage (dev, staging, production, …) and its region."""

from __future__ import annotations

import re
from dataclasses import dataclass

# In the order in which releases go through them; each with the words that are used for it.
STAGES: tuple[tuple[str, ...], ...] = (
    ("local", "sandbox", "playground"),
    ("dev", "development", "develop", "devel"),
    ("integration", "int", "ci", "sit"),
    ("test", "testing", "tst"),
    ("qa",),
    ("load", "perf", "performance"),
    ("uat", "acc", "acceptance"),
    ("demo", "preview"),
    ("nonprod", "nonproduction"),
    ("staging", "stage", "stag", "stg"),
    ("preprod", "preproduction", "pre", "preview-prod"),
    ("canary",),
    ("production", "prod", "prd", "live"),
    ("dr",),
)
PRODUCTION = next(rank for rank, words in enumerate(STAGES) if "production" in words)
_RANKS = {word: rank for rank, words in enumerate(STAGES) for word in words}
_REGION = re.compile(
    r"(eu|us|usa|uk|ap|apac|asia|emea|latam|na|sa|af|me|de|fr|nl|ie|in|jp|sg|au|ca|cn|br|global|gov"
    r"|(north|south|east|west|central|northeast|southeast|northwest|southwest)\w*"
    r"|(uk|us|eu|asia|japan|europe|australia|brazil|canada|india)(north|south|east|west|central)?\w?"
    r"|(eu|us)(w|e|c|n|s)\d|(eu|ap|us|ca|sa|me|af)\d?|primary|secondary|blue|green|[a-d]|\d+[a-z]?)"
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
NAME_LENGTH = 63


@dataclass(frozen=True)
class EnvironmentName:
    """``stage`` is a rank among `STAGES`, None for a name that says nothing; ``region`` is what else it says.

    ``plain``: every word of the name is a stage's or a region's.
    """

    stage: int | None
    region: str
    plain: bool

    @property
    def production(self) -> bool:
        return self.stage is not None and self.stage >= PRODUCTION


def parse_environment(name: str) -> EnvironmentName:
    words = _joined([word for word in _SEPARATORS.split(name.lower()) if word])
    stages = [word for word in words if word in _RANKS] or [word for word in words if _numbered(word)]
    first = stages[0] if stages else None
    rest = list(words)
    if first is not None:
        rest.remove(first)
    rank = None if first is None else _RANKS[first.rstrip("0123456789")]
    number = "" if first is None else first[len(first.rstrip("0123456789")) :]
    region = "-".join((*rest, number) if number else rest)
    return EnvironmentName(rank, region, first is not None and all(_REGION.fullmatch(word) for word in rest))


def names_environment(name: str) -> bool:
    """Whether it can be nothing but an environment: ``prod``, ``staging-eu``, ``us-east-1-prod``, ``qa2``."""
    return parse_environment(name).plain


def is_region(name: str) -> bool:
    return all(_REGION.fullmatch(word) for word in _SEPARATORS.split(name.lower())) and len(name) > 1


def configured_name(name: str) -> str:
    """The name as promontory.yaml takes it: lower-case letters, digits and ``-``."""
    return _SEPARATORS.sub("-", name.lower()).strip("-")[:NAME_LENGTH].strip("-")


def _joined(words: list[str]) -> list[str]:
    """``pre-prod`` and ``non-prod`` are one word each."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in ("pre", "non") and word in STAGES[PRODUCTION]:
            joined[-1] = f"{joined[-1]}prod"
        else:
            joined.append(word)
    return joined


def _numbered(word: str) -> bool:
    return word.rstrip("0123456789") in _RANKS
