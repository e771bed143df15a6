"""How events are worded."""

from __future__ import annotations

import pytest

from promontory.escaping.chat import harmless
from promontory.event import GROUPS, PLACEHOLDERS, WORDS, check_event_template, words_of
from promontory.notifications.composing import compose, placeholders
from promontory.notifications.wording import SENTENCES, TITLES
from tests.notifications.events import HOSTILE, event, message, route


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_a_title_and_a_sentence(word: str) -> None:
    told = message(word=word)

    assert "web-app" in told.title
    assert "production" in told.title
    assert "{" not in told.title + told.text + told.html


@pytest.mark.parametrize("text", [*TITLES.values(), *SENTENCES.values()])
def test_the_usual_words_name_only_what_there_is(text: str) -> None:
    assert check_event_template(text) == text


def test_an_approval_reads_like_this() -> None:
    told = message(reason="what would be pushed has changed; earlier answers no longer count", owner="team-web")

    assert told.title == "Approval wanted: web-app v1.3.0 → production"
    assert (
        told.text
        == """\
web-app v1.3.0 waits for your word to enter production, which runs v1.2.3. Asked for by ci.
Why: what would be pushed has changed; earlier answers no longer count
    promontory approve 0733db647238
Changes: 1 file, +1 -1 lines: apps/web-app/kustomization.yaml
Run: https://prefect.acme.example/runs/flow-run/1
Owner: team-web
Promotion: 0733db647238"""
    )


def test_a_revert_that_failed_says_what_to_type() -> None:
    remedy = "`promontory rollback web-app production --to v1.2.3`; or by hand: …"

    told = message(word="revert-failed", reason="http: 503", remedy=remedy, commands=())

    assert told.title == "ACTION NEEDED: web-app v1.3.0 could not be taken back in production"
    assert f"What to do: {remedy}" in told.text.splitlines()
    assert told.level == "failure"


def test_a_train_names_the_first_and_counts_the_rest() -> None:
    told = message(also=tuple(f"app-{number}" for number in range(999)))

    assert told.title == (
        "Approval wanted: web-app v1.3.0, with app-0, app-1, app-2, app-3, app-4 and 994 more → production"
    )


def test_a_template_is_filled_and_nothing_in_a_value_is_a_placeholder() -> None:
    own = route(title="{word}: {what}", body="{by} says {reason}\n{command}\n{until}")

    told = compose(event(reason="{environment} {by.__class__} {0}"), own)

    assert told.title == "approval-wanted: web-app v1.3.0"
    assert told.text == "ci says {environment} {by.__class__} {0}\npromontory approve 0733db647238"


def test_every_placeholder_is_filled() -> None:
    assert set(placeholders(event())) == set(PLACEHOLDERS)


@pytest.mark.parametrize("field", ["reason", "release", "by", "owner", "remedy", "application"])
def test_nothing_from_outside_is_a_tag_a_mention_or_a_link(field: str) -> None:
    told = message(word="rejected", **{field: HOSTILE})

    for text in (told.title, told.text, told.html):
        for mark in ("<!", "<@", "@everyone", "@here", "](http", "<script"):
            assert mark not in text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example", "https://[", "file:///etc/passwd"])
def test_a_link_is_one_that_people_can_follow(link: str) -> None:
    assert "Run:" not in message(link=link).text


@pytest.mark.parametrize("text", ["alice@acme.example", "a <b> & c < 500 ms", "v1.3.0+build.7", "[a] (b)", "wow! >"])
def test_what_means_no_harm_reads_as_it_is(text: str) -> None:
    assert harmless(text).replace("\u200b", "") == text
    assert "@\u200b" not in harmless(text)


def test_a_text_without_an_end_has_one() -> None:
    assert len(harmless("x" * 1_000_000)) == 1500
    assert "\n" not in harmless("one\ntwo\r\nthree")
    assert len(message(reason="y" * 100_000).text) < 6000


def test_what_may_have_been_told_before_says_so() -> None:
    assert "This may have been told before" in message(repeated=True).text


def test_groups_name_words_and_all_is_all() -> None:
    assert words_of(["all"]) == set(WORDS)
    assert words_of(["approvals", "failed"]) == {*GROUPS["approvals"], "failed"}
    assert {word for group, words in GROUPS.items() if group != "all" for word in words} == set(WORDS)


def test_a_template_cannot_bring_what_cannot_be_seen() -> None:
    told = message(route(title="a\x1b[2J\r\nBcc: x", body="b\u202e\u2028c\nd"))

    assert (told.title, told.text) == ("a\ufffd[2J Bcc: x", "b\ufffd\ufffdc\nd")
