"""How a repository says which release an environment runs: one small file and one line here per strategy."""

from __future__ import annotations

from promontory.options import Kinds, KindsByName
from promontory.strategies.contract import Strategy

STRATEGIES: Kinds[Strategy] = KindsByName(
    __name__,
    {
        "applicationset": "applicationset:ApplicationSetStrategy",
        "branch": "branch:BranchStrategy",
        "directory": "directory:DirectoryStrategy",
        "flux": "flux:FluxStrategy",
        "rendered": "rendered:RenderedStrategy",
        "tag": "tag:TagStrategy",
    },
)
