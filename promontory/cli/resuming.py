"""Wake the flow run that waits for an approval, once the answer is in the ledger.

The answer counts without it: whatever makes the run go on, it looks into the ledger first.
"""

from __future__ import annotations

from promontory.cli.prefect_api import api_url, prefect_client
from promontory.errors import PromontoryError


async def resume(run: str, promotion: str = "") -> str:
    """Let the flow run ``run``, which waits for ``promotion``, look into the ledger; what became of it, in words."""
    if api_url() is None:
        return (
            "no Prefect server is configured here. A run that waits in a terminal goes on by itself; one that has "
            "ended, when it is promoted again; a suspended one, when it is resumed in the Prefect UI, or by this "
            "command with PREFECT_API_URL set"
        )
    try:
        from tasks.waking import wake, wake_all

        async with prefect_client() as client:
            return (await (wake_all(client, promotion, run) if promotion else wake(client, run))).told
    except PromontoryError as error:
        return f"the flow run {run} could not be resumed: {error.message}; resume it in the Prefect UI"
