"""The ``webhook`` channel: the event as JSON, for programs, signed where a secret is given."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from hashlib import sha256
from typing import Literal

from pydantic import Field

from promontory.errors import TransientError, UsageError
from promontory.exchange.answer import Answer, Refused, retry_after
from promontory.exchange.call import Call
from promontory.notifications.contract import Channel, Means, Message
from promontory.notifications.secretly import secretly
from promontory.notifications.variables import VariableName, value_of

_WITHIN, _LONGEST_REST = timedelta(seconds=15), timedelta(minutes=1)
_MOST_BYTES = 10_000  # of an answer, which nobody reads
# They may go away by themselves: too early, too many, and the server's own trouble.
_TRANSIENT = (408, 425, 429)


class WebhookChannel(Channel):
    """Posts the event as JSON."""

    kind: Literal["webhook"]
    url_from: VariableName = Field(
        description="The environment variable that holds the http or https address, such as PROMONTORY_NOTIFY_HOOK."
    )
    secret_from: VariableName | None = Field(
        default=None,
        description="The environment variable that holds a secret. The header X-Promontory-Signature is then sha256= "
        "and the HMAC-SHA256 of the body with it. Left out: not signed.",
    )

    @property
    def variables(self) -> tuple[str, ...]:
        return (self.url_from, *([self.secret_from] if self.secret_from else []))

    @property
    def label(self) -> str:
        return f"webhook, {self.url_from}"

    async def send(self, message: Message, means: Means) -> None:
        from promontory.exchange.client import fetch  # it is slow to import

        url = value_of(self.url_from, means.environment)
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{self.url_from} does not hold an http or https address", "set it where Promontory runs")
        body = json.dumps(document_of(message), ensure_ascii=False).encode()
        call = Call(url, "POST", self._headers(message, body, means), body)
        try:
            with secretly():
                answer = await fetch(call, _WITHIN, stop_at=range(300, 400), most_bytes=_MOST_BYTES)
        except Refused:
            raise UsageError(f"{self.url_from} does not hold an address that can be asked") from None
        _judge(answer)

    def _headers(self, message: Message, body: bytes, means: Means) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "X-Promontory-Event": message.event.word}
        if self.secret_from:
            secret = value_of(self.secret_from, means.environment).encode()
            headers["X-Promontory-Signature"] = f"sha256={hmac.new(secret, body, sha256).hexdigest()}"
        return headers


def document_of(message: Message) -> dict[str, object]:
    """The event as it is: for programs, which are not harmed by what it says."""
    event = message.event
    return {"id": event.id, **event.model_dump(mode="json"), "title": message.title, "text": message.text}


def _judge(answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    why = f"it answers {answer.status}"
    if answer.status in _TRANSIENT or answer.status >= 500:
        raise TransientError(why, retry_after=retry_after(answer, _LONGEST_REST))
    raise UsageError(why)
