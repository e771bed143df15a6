"""The Prefect server, asked through Prefect's own client; what goes wrong there, in our words.

Prefect is imported when a function is called: it takes a second.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from promontory.cli.running import prefect_environment
from promontory.errors import PromontoryError, TransientError, UsageError

if TYPE_CHECKING:
    from uuid import UUID

    from httpx import HTTPStatusError
    from prefect.client.orchestration import PrefectClient


def api_url() -> str | None:
    """The server that PREFECT_API_URL or the active Prefect profile names; None where none is."""
    prefect_environment()
    from prefect.settings import get_current_settings

    return get_current_settings().api.url


@asynccontextmanager
async def prefect_client() -> AsyncIterator[PrefectClient]:
    """A client of the server that is configured. Errors leave the block as errors of ours.

    Raises `UsageError` where no server is configured: Prefect's client would start one of its own.
    """
    url = api_url()
    if url is None:
        raise UsageError(
            "no Prefect server is configured", "set PREFECT_API_URL, e.g. to http://prefect.example:4200/api"
        )
    from httpx import HTTPStatusError, InvalidURL, RequestError, UnsupportedProtocol
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    try:
        async with get_client() as client:
            yield client
    except ObjectNotFound as error:
        raise UsageError(f"{url} does not know that: {error}") from None
    except HTTPStatusError as error:
        raise _refusal(url, error) from None
    except (InvalidURL, UnsupportedProtocol) as error:
        raise UsageError(f"PREFECT_API_URL is {url!r}, which is not a URL: {error}") from None
    except (RequestError, OSError) as error:
        remedy = "is it running, and is PREFECT_API_URL right?"
        raise TransientError(f"the Prefect server at {url} cannot be reached: {_why(error)}", remedy) from None


def run_address(run: UUID | str) -> str:
    """The flow run's page in the Prefect UI; empty where the server's address is not known."""
    from prefect.utilities.urls import url_for

    return url_for("flow-run", obj_id=str(run)) or ""


def _refusal(url: str, error: HTTPStatusError) -> PromontoryError:
    status, detail = error.response.status_code, _detail(error)
    if status in (401, 403):
        remedy = "set PREFECT_API_AUTH_STRING (or PREFECT_API_KEY) to the server's credentials"
        return UsageError(f"the Prefect server at {url} refuses the credentials", remedy)
    if status in (409, 422):
        return UsageError(f"the Prefect server refuses the parameters: {detail}")
    if status == 404:
        return UsageError(f"{url} is no Prefect API", "does PREFECT_API_URL end with /api?")
    return TransientError(f"the Prefect server at {url} answers {status}: {detail}", "try again")


def _detail(error: HTTPStatusError) -> str:
    try:
        answer: Any = error.response.json()
    except ValueError:
        return error.response.text[:300]
    if not isinstance(answer, dict):
        return str(answer)[:300]
    return str(answer.get("detail") or answer.get("exception_detail") or answer)[:600]


def _why(error: BaseException) -> str:
    return str(error) or type(error).__name__
