"""How a value is written as a YAML scalar so that every reader takes it for that text.

The rule for quotes is Flux's and kustomize's: quotes that are there stay; without quotes, a value that
YAML 1.1 *or* 1.2 would read as a number, boolean, date or null gets double ones.
"""

from __future__ import annotations

import json
import re

from yaml import ScalarNode
from yaml.resolver import Resolver

_STRING = "tag:yaml.org,2002:str"
_RESOLVER = Resolver()
# Plain in block and in flow style, for every parser: nothing here can be an indicator where it stands.
_SAFE_PLAIN = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./@+:-]*[A-Za-z0-9_./@+-])?")
# What PyYAML's YAML 1.1 rules let through and Go's YAML or YAML 1.2 reads as a number, boolean or date.
_NOT_TEXT = re.compile(
    r"""[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
    | [-+]?0[xX][0-9a-fA-F]+ | [-+]?0[oO]?[0-7]+ | [-+]?0[bB][01]+
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ ].*)?
    | [yYnN]""",
    re.VERBOSE,
)
# Legal in JSON's strings, but not printable in YAML.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def is_plain(value: str) -> bool:
    """Whether ``value`` can stand without quotes and still be this text."""
    if not _SAFE_PLAIN.fullmatch(value) or _NOT_TEXT.fullmatch(value.replace("_", "")):
        return False
    resolved: str = _RESOLVER.resolve(ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    return resolved == _STRING


def written(value: str, style: str) -> tuple[str, str]:
    """The text of ``value`` in ``style`` (``'``, ``"`` or empty for plain), and the style it really needed."""
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'", "'"
    if style == "" and is_plain(value):
        return value, ""
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text), '"'
