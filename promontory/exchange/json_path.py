"""JSONPath (RFC 9535) over an answer that comes from outside.

Its functions ``match`` and ``search`` take time in proportion to the text (RE2). No query may descend more than once,
or look at many values from the root for each of many, so that a hostile document costs little more than its size.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from promontory.expressions import compiled
from promontory.model import Place
from promontory.options import Target

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

LONGEST_PATH = 1000
MOST_VALUES = 10_000
_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_ONE_FROM_ROOT = re.compile(r"\$(?:\.[^\W\d]\w*|\[(?:''|-?\d+)\])*")
# Within quotes of either sort these stand for the characters that would end them.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "'\"\\"} | {
    number: f"\\u{number:04x}" for number in range(32)
}


def check_path(path: str) -> str:
    """A ValueError says what is wrong. Braces may only stand within quotes, so a placeholder is always text there."""
    _compiled(path)
    code = _TEXT.sub("''", path)
    if code.count("..") > 1:
        raise ValueError("may descend with .. only once")
    if any(code[one.end() :].lstrip()[:1] in (".", "[") for one in _ONE_FROM_ROOT.finditer(code, 1)):
        raise ValueError("may look from $ within a filter for one value only, as in $.expected.version")
    return path


def values(path: str, document: object, target: Target) -> list[object]:
    """What the path finds, in the document's order. A ValueError says why it cannot be looked for."""
    from jsonpath_rfc9535 import JSONPathError

    found: Any = _compiled(_filled(path, target)).finditer(document)  # type: ignore[arg-type]
    try:
        return [node.value for node in islice(found, MOST_VALUES)]
    except (JSONPathError, RecursionError):
        raise ValueError("the answer is nested too deep") from None


def _filled(path: str, target: Target) -> str:
    place = Place(target.place.application.translate(_ESCAPES), target.place.environment.translate(_ESCAPES))
    return Target(place, target.release.translate(_ESCAPES)).fill(path)


@cache
def _compiled(path: str) -> JSONPathQuery:
    from jsonpath_rfc9535 import JSONPathError

    try:
        query: JSONPathQuery = _environment().compile(path)
    except JSONPathError as error:
        raise ValueError(f"is no JSONPath: {error}") from None
    except RecursionError:
        raise ValueError("is no JSONPath: it is nested too deep") from None
    return query


@cache
def _environment() -> Any:
    from jsonpath_rfc9535 import JSONPathEnvironment
    from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction

    class Expression(FilterFunction):
        arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - the library's way to declare them
        return_type = ExpressionType.LOGICAL

        def __init__(self, method: str) -> None:
            self._method = method

        def __call__(self, text: object, pattern: object) -> bool:
            if not isinstance(text, str) or not isinstance(pattern, str):
                return False
            try:
                return getattr(compiled(pattern), self._method)(text) is not None
            except ValueError:
                return False

    environment = JSONPathEnvironment()
    environment.function_extensions |= {"match": Expression("fullmatch"), "search": Expression("search")}
    return environment
