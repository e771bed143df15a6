"""How a repository says which release an environment runs: one small file and one line here per strategy."""

from __future__ import annotations

from promontory.options import Kinds
from promontory.strategies.applicationset import ApplicationSetStrategy
from promontory.strategies.branch import BranchStrategy
from promontory.strategies.contract import Strategy
from promontory.strategies.directory import DirectoryStrategy
from promontory.strategies.flux import FluxStrategy
from promontory.strategies.rendered import RenderedStrategy
from promontory.strategies.tag import TagStrategy

STRATEGIES: Kinds[Strategy] = {
    "applicationset": ApplicationSetStrategy,
    "branch": BranchStrategy,
    "directory": DirectoryStrategy,
    "flux": FluxStrategy,
    "rendered": RenderedStrategy,
    "tag": TagStrategy,
}
