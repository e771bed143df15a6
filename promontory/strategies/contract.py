"""What a strategy is: pure, it looks at files and describes a change; `repository/` performs it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from promontory.model import FileEdits, Files
from promontory.options import Options


class Strategy(Options):
    """How the repository says which release one environment of one application runs.

    An instance is bound to its place: ``{application}`` and ``{environment}`` in its options have been
    replaced when promontory.yaml was read.
    """

    @abstractmethod
    def current(self, files: Files) -> str | None:
        """The release in force; None where the place exists but names none yet.

        Raises `StrategyError` where the files are not as the options say.
        """

    @abstractmethod
    def change(self, files: Files, release: str, sources: Sequence[Strategy]) -> FileEdits:
        """The edits that make ``release`` the one in force; none where it already is.

        ``sources`` are the same application's strategies in the environments before, in their order.
        """
