"""Where releases come from. A new source is one small file and one line here."""

from promontory.options import Kinds
from promontory.releases.contract import Ranking, ReleaseSource, Surroundings, TagLister
from promontory.releases.environment import EarlierEnvironment
from promontory.releases.git_tags import GitTags
from promontory.releases.registry import Registry

RELEASES: Kinds[ReleaseSource] = {"git-tags": GitTags, "registry": Registry, "environment": EarlierEnvironment}

__all__ = [
    "RELEASES",
    "EarlierEnvironment",
    "GitTags",
    "Ranking",
    "Registry",
    "ReleaseSource",
    "Surroundings",
    "TagLister",
]
