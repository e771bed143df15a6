"""What GitHub, GitLab, Gitea and the robots that read there take as orders, in bodies, comments and commit messages.

Reasons and notes get there, and whoever writes them is not to act with the rights of our token: a mention calls people,
``Fixes #12`` closes an issue with the merge, ``/merge`` at the beginning of a line is obeyed, and ``[skip ci]`` keeps
the pipelines from running that would test or deploy the commit. A character of no width keeps each from being one, and
nobody sees it.
"""

from __future__ import annotations

import re

_JOINER = "\u2060"
_ORDERS = re.compile(
    r"""
    (?<!\w)@(?=\w)                                                            # a mention
    | \b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)
      (?=:?\s+(?:issues?\s+)?(?:[\w./-]{0,200}\#\d|https?://|gh-\d|[a-z]\w*-\d))  # what closes an issue
    | \[(?=\s*(?:skip|no|ci|actions)\b) | \*\*(?=\*no_ci\*)                        # what skips pipelines
    | \bskip-checks(?=:)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_COMMAND = re.compile(r"^/(?=[A-Za-z])", re.MULTILINE)


def without_orders(text: str) -> str:
    """The same to read, in a commit message, a title or a status."""
    return _ORDERS.sub(lambda order: order[0] + _JOINER, text)


def orderless(markdown: str) -> str:
    """A pull request's body, or a comment: besides, no line is a command."""
    return _COMMAND.sub(r"\\/", without_orders(markdown))
