"""Telling people: which events come of what was recorded, how they are worded, and the channels that carry them.

A new channel is one file and one line here. Knows nothing of Prefect: what needs it is handed in as `Means`.
"""

from __future__ import annotations

from promontory.notifications.contract import Channel
from promontory.options import Kinds, KindsByName

CHANNELS: Kinds[Channel] = KindsByName(
    __name__,
    {
        "apprise": "apprise_url:AppriseChannel",
        "prefect-block": "prefect_block:PrefectBlockChannel",
        "webhook": "webhook:WebhookChannel",
    },
)
