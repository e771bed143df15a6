"""The ``prefect-block`` channel: a notification block that is kept on the Prefect server."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from promontory.errors import UsageError
from promontory.notifications.contract import Channel, Means, Message


class PrefectBlockChannel(Channel):
    """Sends a title and a plain text through a block."""

    kind: Literal["prefect-block"]
    block: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")] = Field(
        description="The block, as type/name: slack-webhook/ops. It must be a notification block."
    )

    @property
    def label(self) -> str:
        return f"Prefect block {self.block}"

    async def send(self, message: Message, means: Means) -> None:
        if means.notify_block is None:
            raise UsageError(
                "there is no Prefect server to ask for the block",
                "set PREFECT_API_URL, or use a channel of the kind apprise for what is done outside of runs",
            )
        await means.notify_block(self.block, message.title, message.text)
