"""Labels of a Mermaid graph, which reads HTML, Markdown and entities of its own (``#quot;``) in them."""

from __future__ import annotations

import re

from promontory.escaping.plain import one_line

_MARKUP = re.compile(r"""[#&<>"'`\\|\[\]{}()*_~]""")


def label(text: str) -> str:
    """One line, to be put within double quotes."""
    return _MARKUP.sub(lambda letter: f"#{ord(letter[0])};", one_line(text))
