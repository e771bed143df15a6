"""How a flow collection is written (``{a: b}``, JSON), measured on its last children."""

from __future__ import annotations

import re
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, replace

from promontory.yamledit.nodes import Collection, Mapping, Scalar
from promontory.yamledit.quotes import END, Inserted, Item, Quotes
from promontory.yamledit.reading import YamlFile
from promontory.yamledit.writing import written


@dataclass(frozen=True)
class FlowStyle:
    """What stands around the parts of a flow collection: ``{opening key colon value separator … closing}``."""

    quotes: Quotes
    colon: str = ": "
    separator: str = ", "
    opening: str = ""
    closing: str = ""
    item: FlowStyle | None = None

    @classmethod
    def of(cls, file: YamlFile) -> FlowStyle:
        """Where there is nothing to imitate."""
        return cls(Quotes.near(file, None))

    def pair(self, key: str, value: str) -> Inserted:
        ((text, events),) = self.quotes.write({key: value}, self.colon)
        return Inserted((text,), events, self.separator)

    def entry(self, item: Item) -> Inserted:
        """A text, or ``{…}`` as an item: among such, in their style."""
        if isinstance(item, str):
            text, event = self.quotes.text(item)
            return Inserted((text,), (event,), self.separator)
        return self.mapping(item)

    def mapping(self, item: Pairs[str, str]) -> Inserted:
        style = self.item or FlowStyle(self.quotes)
        rendered = list(style.quotes.write(item, style.colon))
        text = "{" + style.opening + style.separator.join(part for part, _ in rendered) + style.closing + "}"
        inner = tuple(event for _, events in rendered for event in events)
        return Inserted((text,), (("Mapping", None, None, True), *inner, END), self.separator)

    def sequence(self, item: Item) -> Inserted:
        rendered = self.entry(item)
        events = (("Sequence", None, None, True), *rendered.events, END)
        return Inserted((f"[{rendered.lines[0]}]",), events, self.separator)

    def under_keys(self, keys: tuple[str, ...], value: Inserted) -> Inserted:
        """``key: value``, or ``key: {deeper: value}``."""
        key, *deeper = keys
        if deeper:
            inner = self.under_keys(tuple(deeper), value)
            value = Inserted((f"{{{inner.lines[0]}}}",), (("Mapping", None, None, True), *inner.events, END))
        name, style = written(key, self.quotes.key)
        events = (("scalar", None, None, style, key), *value.events)
        return Inserted((name + self.colon + value.lines[0],), events, self.separator)


def flow_style(file: YamlFile, node: Collection) -> FlowStyle:
    """The style of a flow collection, as its last children show it."""
    text, opening = file.text, _opening(file, node)
    spans = _spans(node)
    if not spans:
        return FlowStyle.of(file)
    between = text[spans[-2][1] : spans[-1][0]] if len(spans) > 1 else "," + (opening or " ")
    closing = _trailing_space(text[spans[-1][1] : node.end - 1])
    style = FlowStyle(Quotes.near(file, node), ": ", _separator(between), opening, closing)
    if isinstance(node, Mapping):
        return replace(style, colon=_colon(text, node))
    last = node.items[-1]
    style = replace(style, quotes=Quotes.near(file, last)) if isinstance(last, Scalar) else style
    return replace(style, item=flow_style(file, last)) if isinstance(last, Mapping) and last.flow else style


def _opening(file: YamlFile, node: Collection) -> str:
    """The white space behind the bracket; nothing where a comment stands there."""
    bracket = "{" if isinstance(node, Mapping) else "["
    found = re.compile(r"\s*(?=[^\s#])").match(file.text, file.text.index(bracket, node.start) + 1)
    return found[0] if found else ""


def _spans(node: Collection) -> list[tuple[int, int]]:
    if isinstance(node, Mapping):
        return [(key.start, value.end) for key, value in node.pairs]
    return [(item.start, item.end) for item in node.items]


def _separator(between: str) -> str:
    """A comma and the white space around it as they stand; without a comment that may stand there too."""
    return between if re.fullmatch(r"\s*,\s*", between) else "," + _trailing_space(between)


def _trailing_space(text: str) -> str:
    return text[len(text.rstrip()) :]


def _colon(text: str, mapping: Mapping) -> str:
    key, value = mapping.pairs[-1]
    found = text[key.end : value.start]
    return found if re.fullmatch(r"\s*:\s*", found) else ": "
