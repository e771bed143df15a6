"""One event → the message that a route sends: its own templates filled, or the usual words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from promontory.clock import moment
from promontory.config import Route
from promontory.escaping.chat import as_html, harmless
from promontory.escaping.plain import one_line, printable
from promontory.event import PLACEHOLDERS, Event, fill
from promontory.notifications.contract import Message
from promontory.notifications.wording import LEVELS, SENTENCES, TITLES
from promontory.release import shown

_MOST_NAMES = 5
_TITLE, _BODY = 200, 6000  # characters
_AGAIN = "This may have been told before: the process that told it has died."


@dataclass(frozen=True)
class _Line:
    """``code`` is typed by people, ``link`` is followed by them."""

    text: str
    label: str = ""
    code: bool = False
    link: bool = False


def compose(event: Event, route: Route) -> Message:
    values = placeholders(event)
    title = fill(route.title or TITLES[event.word], values)
    lines = (
        [_Line(line) for line in printable(fill(route.body, values)).removesuffix("\n").split("\n")]
        if route.body
        else [*_usual(event, values)]
    )
    return Message(
        event=event,
        title=one_line(title, _TITLE),
        text="\n".join(_as_text(line) for line in lines)[:_BODY],
        html="".join(_as_html(line) for line in lines),
        level=LEVELS.get(event.word, "info"),
    )


def placeholders(event: Event) -> Mapping[str, str]:
    """What each placeholder of a template stands for; nothing in it can mention anybody."""
    values = {
        "what": _what(event),
        "word": event.word,
        "application": event.application,
        "environment": event.environment,
        "release": shown(event.release),
        "previous": shown(event.previous) or "no release",
        "promotion": event.promotion,
        "also": _names(event.also),
        "by": event.by or "somebody",
        "reason": event.reason,
        "digest": event.digest,
        "commit": event.commit[:12],
        "diff": str(event.diff),
        "command": event.commands[0] if event.commands else "",
        "remedy": event.remedy,
        "pull_request": _address(event.pull_request),
        "link": _address(event.link),
        "owner": event.owner,
        "approvers": ", ".join(event.approvers),
        "until": moment(event.until) if event.until else "",
    }
    assert set(values) == set(PLACEHOLDERS)  # noqa: S101 — the two are written apart
    return {name: harmless(value) for name, value in values.items()}


def _what(event: Event) -> str:
    moved = f"{event.application} {shown(event.release)}".strip()
    return f"{moved}, with {_names(event.also)}" if event.also else moved


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _address(url: str) -> str:
    """Only what people follow with a browser."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _usual(event: Event, values: Mapping[str, str]) -> Iterator[_Line]:
    yield _Line(fill(SENTENCES[event.word], values))
    if event.repeated:
        yield _Line(_AGAIN)
    for name, label in (("reason", "Why"), ("until", "Until"), ("approvers", "Asked of"), ("remedy", "What to do")):
        if values[name]:
            yield _Line(values[name], label)
    for command in event.commands:
        yield _Line(harmless(command), code=True)
    if values["diff"]:
        yield _Line(values["diff"], "Changes")
    for name, label in (("pull_request", "Pull request"), ("link", "Run")):
        if values[name]:
            yield _Line(values[name], label, link=True)
    for name, label in (("owner", "Owner"), ("commit", "Commit"), ("promotion", "Promotion")):
        if values[name]:
            yield _Line(values[name], label)


def _as_text(line: _Line) -> str:
    told = f"    {line.text}" if line.code else line.text
    return f"{line.label}: {told}" if line.label else told


def _as_html(line: _Line) -> str:
    text = as_html(line.text)
    if line.code:
        text = f"<code>{text}</code>"
    elif line.link:
        text = f'<a href="{text}">{text}</a>'
    return f"<p><b>{as_html(line.label)}:</b> {text}</p>" if line.label else f"<p>{text}</p>"
