"""The kinds that promontory.yaml may name. The plug-in families stand above, so they are handed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from promontory.options import Options

OptionsByKind = Mapping[str, type[Options]]


@dataclass(frozen=True)
class Vocabulary:
    """For each family what a user may write as ``kind:``, and the options that go with it.

    Forges all have the same options, so there the names are enough.
    """

    strategies: OptionsByKind
    suites: OptionsByKind = field(default_factory=dict)
    checks: OptionsByKind = field(default_factory=dict)
    releases: OptionsByKind = field(default_factory=dict)
    forges: Collection[str] = ()
    channels: OptionsByKind = field(default_factory=dict)
