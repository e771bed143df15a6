"""Whatever the file looks like: an edit changes one scalar, and no byte outside it.

The files are rendered here, from data and a style, piece by piece: so the test knows each scalar's bytes and
what the file means without asking the code under test. PyYAML's own loader is the judge of the meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from promontory.yamledit import find, read_yaml, replace

Tree = dict[str, Any] | list[Any] | str
Piece = tuple[str, str | None]
"""Text, and the path of the scalar whose text it is."""


@dataclass(frozen=True)
class Look:
    """How a file is written."""

    indent: int
    dash_indent: int
    quotes: tuple[str, ...]
    comments: tuple[str, ...]
    newline: str
    flow_below: int
    bom: bool
    final_newline: bool


LOOKS = st.builds(
    Look,
    indent=st.sampled_from([1, 2, 4]),
    dash_indent=st.sampled_from([0, 2, 4]),
    quotes=st.lists(st.sampled_from(["", "'", '"']), min_size=1, max_size=5).map(tuple),
    comments=st.lists(st.sampled_from(["", " # note: [x", "  # é🚀 'q"]), min_size=1, max_size=3).map(tuple),
    newline=st.sampled_from(["\n", "\r\n"]),
    flow_below=st.integers(0, 4),
    bom=st.booleans(),
    final_newline=st.booleans(),
)
KEYS = st.sampled_from(["name", "image", "tag", "a b", "x.y", "ключ", "🚀"])
SCALARS = st.sampled_from(
    ["v1.2.0", "1.10", "on", "", "two words", "ünï🚀", "a: b", "#x", "it's", 'say "x"', "sha256:00ff"]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(KEYS, TREES, min_size=1, max_size=4)
VALUES = st.one_of(
    st.sampled_from(
        ["1.10", "1e3", "0x1F", "2026-01-01", "on", "null", "~", "", "<<", "=", "v1.3.0", "1_000", "y", ".inf"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=12),
)


class Rendering:
    """A tree as pieces of text."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.pieces: list[Piece] = []
        self.count = 0

    def scalar(self, value: str, path: str | None) -> None:
        self.count += 1
        quote = self.look.quotes[self.count % len(self.look.quotes)]
        plain = value in ("v1.2.0", "two words", "ünï🚀", "sha256:00ff") or (path is None and value != "x.y")
        if quote == "'" or (quote == "" and not plain):
            text = "'" + value.replace("'", "''") + "'"
        else:
            text = value if quote == "" else '"' + value.replace('"', '\\"') + '"'
        self.pieces.append((text, path))

    def text(self, text: str) -> None:
        self.pieces.append((text, None))

    def line_end(self) -> None:
        self.text(self.look.comments[self.count % len(self.look.comments)] + self.look.newline)

    def block(self, node: Tree, path: str, column: int, depth: int) -> None:
        """Lines of a collection, each at ``column``."""
        for key, child, child_path in children(node, path):
            self.text(" " * column)
            if key is None:
                self.text("-")
            else:
                self.scalar(key, None)
                self.text(":")
            self.value(child, child_path, column, depth + 1, below_key=key is not None)

    def value(self, node: Tree, path: str, column: int, depth: int, *, below_key: bool) -> None:
        if isinstance(node, str) or depth > self.look.flow_below:
            self.text(" ")
            self.flow(node, path)
            self.line_end()
            return
        self.line_end()
        indent = self.look.dash_indent if below_key and isinstance(node, list) else self.look.indent
        self.block(node, path, column + indent, depth)

    def flow(self, node: Tree, path: str) -> None:
        if isinstance(node, str):
            self.scalar(node, path)
            return
        self.text("{" if isinstance(node, dict) else "[ ")
        for number, (key, child, child_path) in enumerate(children(node, path)):
            self.text(", " if number else "")
            if key is not None:
                self.scalar(key, None)
                self.text(": ")
            self.flow(child, child_path)
        self.text("}" if isinstance(node, dict) else " ]")


def children(node: Tree, path: str) -> list[tuple[str | None, Tree, str]]:
    if isinstance(node, dict):
        return [(key, child, f'{path}."{key}"'.removeprefix(".")) for key, child in node.items()]
    return [(None, child, f"{path}[{number}]") for number, child in enumerate(node)]


def changed(node: Tree, path: str, target: str, value: str) -> Tree:
    if isinstance(node, str):
        return value if path == target else node
    found = [(key, changed(child, below, target, value)) for key, child, below in children(node, path)]
    return {key: child for key, child in found if key is not None} if isinstance(node, dict) else [c for _, c in found]


@settings(max_examples=300, deadline=None)
@given(tree=DOCUMENTS, look=LOOKS, value=VALUES, data=st.data())
def test_an_edit_changes_its_scalar_and_no_other_byte(
    tree: dict[str, Any], look: Look, value: str, data: st.DataObject
) -> None:
    rendering = Rendering(look)
    rendering.text("\ufeff" if look.bom else "")
    rendering.block(tree, "", 0, 0)
    if not look.final_newline:
        rendering.pieces[-1] = (rendering.pieces[-1][0].removesuffix(look.newline), None)
    texts = [text for text, _ in rendering.pieces]
    content = "".join(texts).encode()
    assert yaml.safe_load(content) == tree, "the test renders what it means"
    number = data.draw(st.sampled_from([n for n, (_, path) in enumerate(rendering.pieces) if path is not None]))
    path = rendering.pieces[number][1] or ""

    file = read_yaml(content, "f.yaml")
    edited = replace(file, [(find(file, path), value)])

    before, after = "".join(texts[:number]).encode(), "".join(texts[number + 1 :]).encode()
    assert edited.startswith(before)
    assert edited.endswith(after)
    assert b"\n" not in edited[len(before) : len(edited) - len(after)]
    assert yaml.safe_load(edited) == changed(tree, "", path, value)
