"""Where releases come from. A new source is one small file and one line here."""

from promontory.options import Kinds
from promontory.releases.contract import ReleaseSource, TagLister
from promontory.releases.git_tags import GitTags
from promontory.releases.registry import Registry

RELEASES: Kinds[ReleaseSource] = {"git-tags": GitTags, "registry": Registry}

__all__ = ["RELEASES", "GitTags", "Registry", "ReleaseSource", "TagLister"]
