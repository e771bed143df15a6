"""What a measurement must fulfil: ``result < 0.01 and result <= 1.2 * baseline``. Read here, never evaluated as Python.

::

    condition   or of and of not of truths
    truth       sum OPERATOR sum, any(condition), all(condition), (condition)
    sum         numbers, result, baseline, avg(sum), …, with + - * / and brackets

``result`` and ``baseline`` stand for each series in turn; a condition holds when it holds for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from promontory.checks.prometheus.terms import (
    AGGREGATES,
    COMPARISONS,
    QUANTIFIERS,
    Both,
    Function,
    Name,
    Negated,
    Number,
    Sample,
    Term,
)

LONGEST = 500
DEEPEST = 20
NAMES = ("result", "baseline")
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(<=|>=|==|!=|[-+*/()<>])|(\S))", re.ASCII)


@dataclass(frozen=True)
class Condition:
    """``uses_baseline``: the time before is asked for, too."""

    text: str
    term: Term

    @property
    def uses_baseline(self) -> bool:
        return "baseline" in self.term.names

    def holds(self, samples: list[Sample]) -> bool:
        """For all of ``samples``, of which there is one at least. Raises `Undefined` where numbers say nothing."""
        return all(self.term.of(samples))


def parse(text: str) -> Condition:
    """A ValueError says what is wrong, and where."""
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    parser = _Parser(text)
    term = parser.disjunction()
    parser.end()
    if not term.truth:
        raise ValueError(f"{text!r} is a number: compare it with one, as in result < 0.01")
    if "result" not in term.names:
        raise ValueError(f"{text!r} does not look at the result")
    return Condition(text, term)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text)]
        self._at = self._depth = 0

    def disjunction(self) -> Term:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("is nested too deep")
        found = self._joined(("or",), lambda: self._joined(("and",), self._negation))
        self._depth -= 1
        return found

    def end(self) -> None:
        if self._next:
            raise ValueError(f"{self._next!r} is not expected {self._place}")

    def _joined(self, words: tuple[str, ...], operand: Callable[[], Term]) -> Term:
        left = operand()
        while word := self._take(*words):
            left = Both(word, _truth(left, word), _truth(operand(), word))
        return left

    def _negation(self) -> Term:
        # Counted, so that a row of them is not as deep as it is long.
        negations = 0
        while self._take("not"):
            negations += 1
        operand = self._comparison()
        return Negated(_truth(operand, "not")) if negations % 2 else operand

    def _comparison(self) -> Term:
        left = self._sum()
        if not (operator := self._take(*COMPARISONS)):
            return left
        found = Both(operator, _number(left, operator), _number(self._sum(), operator))
        if self._next in COMPARISONS:
            raise ValueError(f"{self._next!r} is not expected {self._place}: join comparisons with and")
        return found

    def _sum(self) -> Term:
        return self._calculated(("+", "-"), lambda: self._calculated(("*", "/"), self._signed))

    def _calculated(self, signs: tuple[str, ...], operand: Callable[[], Term]) -> Term:
        left = operand()
        while sign := self._take(*signs):
            left = Both(sign, _number(left, sign), _number(operand(), sign))
        return left

    def _signed(self) -> Term:
        return Negated(_number(self._atom(), "-")) if self._take("-") else self._atom()

    def _atom(self) -> Term:
        word, place = self._next, self._place
        self._at += 1
        if word == "(":
            return self._bracketed()
        if word in AGGREGATES or word in QUANTIFIERS:
            return self._function(word)
        if word in NAMES:
            return Name(word)
        if word[:1].isdigit() or word[:1] == ".":
            return Number(float(word))
        known = ", ".join((*NAMES, *AGGREGATES, *QUANTIFIERS))
        what = f"{word!r} is not expected" if word else "something is missing"
        raise ValueError(f"{what} {place}: a number, or one of {known}")

    def _bracketed(self) -> Term:
        inner = self.disjunction()
        if not self._take(")"):
            raise ValueError(f"a ) is missing {self._place}")
        return inner

    def _function(self, name: str) -> Term:
        if not self._take("("):
            raise ValueError(f"{name} wants brackets {self._place}")
        inner = self._bracketed()
        if not inner.names:
            raise ValueError(f"{name}(…) wants the result or the baseline in its brackets")
        return Function(name, _truth(inner, name) if name in QUANTIFIERS else _number(inner, name))

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    @property
    def _place(self) -> str:
        return f"after {' '.join(self._tokens[: self._at])!r}" if self._at else "at the beginning"

    def _take(self, *tokens: str) -> str:
        if self._next not in tokens or not self._next:
            return ""
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        if match[4]:
            raise ValueError(f"{match[4]!r} has no meaning in a condition")
        yield match[1] or match[2] or match[3]


def _number(term: Term, where: str) -> Term:
    if term.truth:
        raise ValueError(f"{where!r} wants numbers, not what is true or false")
    return term


def _truth(term: Term, where: str) -> Term:
    if not term.truth:
        raise ValueError(f"{where!r} wants comparisons, not numbers")
    return term
