"""Messages of chats and mails.

Services turn text into mentions and links, each in its own way: ``<!channel>``, ``<@U123>``, ``@everyone``,
``[see here](https://…)``. A character of no width between the marks keeps all of them from it, and is not seen.
HTML is escaped besides, and Apprise makes the Markdown of each service from that.
"""

from __future__ import annotations

import html
import re

from promontory.escaping.plain import one_line

_NOTHING_SEEN = "\u200b"
_MARKS = re.compile(r"<(?=\S)|(?<![\w.+-])@(?=\w)|\](?=\()|(?<!\w)!(?=\w+>)")
_MOST = 1500  # characters


def harmless(text: str, most: int = _MOST) -> str:
    """In one line, of bounded length, nobody is mentioned, and nothing is a link that says something else."""
    return _MARKS.sub(lambda match: match[0] + _NOTHING_SEEN, one_line(text, most))


def as_html(text: str) -> str:
    return html.escape(text, quote=True)
