"""Where releases come from. A new source is one small file and one line here."""

from __future__ import annotations

from promontory.options import Kinds, KindsByName
from promontory.releases.contract import Ranking, ReleaseSource, Surroundings, TagLister

RELEASES: Kinds[ReleaseSource] = KindsByName(
    __name__,
    {
        "git-tags": "git_tags:GitTags",
        "registry": "registry:Registry",
        "environment": "environment:EarlierEnvironment",
    },
)

__all__ = ["RELEASES", "Ranking", "ReleaseSource", "Surroundings", "TagLister"]
