"""Text from outside (a reason, a release, a name) made harmless before it is put into a message.

Chat services turn text into mentions and links, each in its own way: ``<!channel>``, ``<@U123>``, ``@everyone``,
``[see here](https://…)``. A character of no width between the marks keeps all of them from it, and is not seen.
HTML is escaped besides, and Apprise makes the Markdown of each service from that.
"""

from __future__ import annotations

import html
import re

_NOTHING_SEEN = "\u200b"
_MARKS = re.compile(r"<(?=\S)|(?<![\w.+-])@(?=\w)|\](?=\()|(?<!\w)!(?=\w+>)")
_MOST = 1500  # characters


def harmless(text: str, most: int = _MOST) -> str:
    """In one line, of bounded length, nobody is mentioned, and nothing is a link that says something else."""
    line = "".join(character for character in " ".join(text.split()) if character.isprintable())
    cut = line if len(line) <= most else f"{line[: most - 1]}…"
    return _MARKS.sub(lambda match: match[0] + _NOTHING_SEEN, cut)


def escaped(text: str) -> str:
    """For HTML."""
    return html.escape(text, quote=True)
