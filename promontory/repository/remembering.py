"""What git said of commits: it holds for ever, so that it is asked for once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

Answer = TypeVar("Answer")


class Remembered:
    """The ``most`` latest answers. Several threads may ask; two at once may both go to git."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = Lock()

    def ask(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """``question`` names the commits by their whole ids, or its answer would not hold."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
                return cast("Answer", self._answers[question])
        answer = ask()
        with self._lock:
            self._answers[question] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return answer
