"""What was text is text to a real parser of Markdown, wherever it is put."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from promontory.escaping.markdown import bold, cell, code, fence, link, named_link, table

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TEXT = some.text(some.sampled_from("a1 \\|`*_~<>[]()!#&;:-+=.\n\t\r\x1b\u202e\u2028/"), max_size=14) | some.text(
    max_size=14
)


def inline(markdown: str) -> tuple[list[str], list[str], str]:
    """The kinds of the blocks, those of what is in them, and all the text."""
    tokens = MARKDOWN.parse(markdown)
    children = [child for token in tokens for child in token.children or ()]
    return [token.type for token in tokens], [child.type for child in children], "".join(it.content for it in children)


@given(TEXT)
@example("# x")
@example("- x")
@example("1. x")
@example("1)")
@example("---")
@example("===")
@example("+")
def test_a_paragraph_is_a_paragraph(text: str) -> None:
    blocks, kinds, told = inline(f"before\n\n{cell(text)}\n\nafter")

    assert set(blocks) <= {"paragraph_open", "inline", "paragraph_close"}
    assert set(kinds) <= {"text", "text_special"}
    assert told.startswith("before")
    assert told.isprintable()


@given(TEXT)
def test_bold_is_bold_text(text: str) -> None:
    blocks, kinds, _ = inline(f"It is {bold('a' + text + 'b')}.")

    assert blocks == ["paragraph_open", "inline", "paragraph_close"]
    assert kinds.count("strong_open") == 1
    assert set(kinds) <= {"text", "text_special", "strong_open", "strong_close"}


@given(TEXT)
@example("``")
@example("a `` b ` c")
def test_a_code_span_is_one_span(text: str) -> None:
    _, kinds, told = inline(f"x {code(text)} y")

    assert [kind for kind in kinds if kind != "text"] in (["code_inline"], [])
    assert told.isprintable()
    assert inline(table(("a",), [(code(text),)]))[0].count("td_open") == 1


@given(TEXT)
def test_a_fence_holds_all_of_it(text: str) -> None:
    tokens = MARKDOWN.parse(f"{fence(text)}\n\nafter")

    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert all(letter.isprintable() or letter in "\n\t" for letter in tokens[0].content)


@given(TEXT.map(lambda text: f"https://e.example/{text}"))
def test_a_link_leads_where_it_says_or_is_none(url: str) -> None:
    for markdown in (link(url), named_link("here", url)):
        tokens = [child for token in MARKDOWN.parse(markdown) for child in token.children or ()]
        links = [token for token in tokens if token.type == "link_open"]
        assert len(links) == bool(markdown)
        assert all(str(token.attrs["href"]).startswith("https://e.example/") for token in links)
        assert not {"image", "html_inline"} & {token.type for token in tokens}
