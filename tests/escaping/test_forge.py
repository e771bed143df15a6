"""What a reason or a note says is nothing that a forge, or a robot that reads there, obeys."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from promontory.escaping.forge import orderless, without_orders
from promontory.escaping.mermaid import label

# As GitHub and GitLab document them.
MENTION = re.compile(r"(?<!\w)@\w")
CLOSING = re.compile(
    r"\b(clos(e[sd]?|ing)|fix(e[sd]|ing)?|resolv(e[sd]?|ing)|implement(s|ed|ing)?):?\s+(issues? )?\S*(#\d|://)",
    re.IGNORECASE,
)
SKIPPING = re.compile(r"\[(skip ci|ci skip|no ci|skip actions)\]|\*\*\*NO_CI\*\*\*|skip-checks:", re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        "ask @acme/team",
        "@alice",
        "fixes #1",
        "Closes: acme/gitops#12",
        "Resolved https://github.com/acme/gitops/issues/1",
        "implements GH-3",
        "[skip ci]",
        "x [CI SKIP]",
        "***NO_CI***",
        "skip-checks: true",
    ],
)
def test_orders_are_text(text: str) -> None:
    shown = without_orders(text)

    assert shown != text
    assert shown.replace("\u2060", "") == text
    assert not MENTION.search(shown)
    assert not CLOSING.search(shown)
    assert not SKIPPING.search(shown)


@pytest.mark.parametrize("text", ["alice@acme.example", "v1@sha256:abc", "it fixes nothing", "[x]", "close to #1"])
def test_what_is_no_order_stays_as_it_is(text: str) -> None:
    assert without_orders(text) == text


def test_no_line_of_a_body_is_a_command() -> None:
    assert orderless("/merge\nx /close\n/approve @bob") == "\\/merge\nx /close\n\\/approve @\u2060bob"


@given(some.text() | some.text(some.sampled_from("\"'<>#&;`[]{}|\\\n%-")))
def test_a_label_stays_within_its_quotes(text: str) -> None:
    assert not {*'"<>`[]{}|\\\n'} & {*label(text)}
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label(text)) == " ".join(
        "".join(it if it.isprintable() or it.isspace() else "\ufffd" for it in text).split()
    )
