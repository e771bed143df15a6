"""The tags of a container image, page by page, as the OCI distribution specification says.

Registries differ: most name the next page in a ``Link``, some only stop at the number that was asked for, some send
everything at once. All of them are bounded, in pages, in bytes and in patience.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import httpx

from promontory.errors import PromontoryError, UsageError
from promontory.releases.distribution import Image
from promontory.releases.waiting import retry_after

PAGE = 1000
MOST_PAGES = 1000
# Some send what they know of every image along.
LARGEST_PAGE = 32 << 20
MOST_BYTES = 64 << 20
# Altogether, in seconds, where the registry asks for patience between pages: starting over would ask it more.
PATIENCE = 60.0


def list_tags(image: Image, wait: Callable[[float], None] = time.sleep) -> tuple[str, ...]:
    """All tags, in the registry's order, each once. Raises `UsageError` where there is no such image."""
    seen: dict[str, None] = {}
    for tags in _Pages(image, wait).read():
        seen |= dict.fromkeys(tags)
    return tuple(seen)


class _Pages:
    def __init__(self, image: Image, wait: Callable[[float], None]) -> None:
        self.image = image
        self.wait = wait
        self.patience = PATIENCE
        self.bytes_left = MOST_BYTES
        self.names_pages = False

    def read(self) -> Iterator[list[str]]:
        url: httpx.URL | None = self.image.address.join(f"tags/list?n={PAGE}")
        visited: set[str] = set()
        last = ""
        while url is not None:
            if str(url) in visited or len(visited) == MOST_PAGES:
                raise PromontoryError(
                    f"{self.image.host} sends us from page to page of the tags of {self.image.name} without an end"
                )
            visited.add(str(url))
            answer = self._ask(url)
            if last and len(visited) == 2 and answer[0].status_code in (400, 404):
                return  # it was only worth a try: this registry does not know `last`
            tags = self._tags(*answer)
            yield tags
            url, last = self._next(answer[0], tags, last)

    def _ask(self, url: httpx.URL) -> tuple[httpx.Response, bytes]:
        limit = min(LARGEST_PAGE, self.bytes_left)
        while True:
            answer, body = self.image.ask("GET", url, "application/json", limit)
            seconds = retry_after(answer.headers) if answer.status_code in (429, 503) else None
            if seconds is None or max(seconds, 1.0) > self.patience:
                break
            self.patience -= max(seconds, 1.0)
            self.wait(seconds)
        self.bytes_left = max(self.bytes_left - len(body), 1)
        return answer, body

    def _tags(self, answer: httpx.Response, body: bytes) -> list[str]:
        if not self.image.judge(answer):
            raise UsageError(
                f"{self.image.host} has no image {self.image.name}",
                "check `repository` under `releases:`; was anything pushed there yet?",
            )
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        tags = found.get("tags", ()) if isinstance(found, dict) else ()
        if tags is None:
            return []  # all of them were deleted
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise PromontoryError(
                f"{self.image.host} answered with something that is no list of tags when asked for {self.image.name}",
                "check `repository`: is that a container registry?",
            )
        return tags

    def _next(self, answer: httpx.Response, tags: list[str], last: str) -> tuple[httpx.URL | None, str]:
        """The next page, and the tag that it is asked to begin after, where the registry named no page itself."""
        if named := answer.links.get("next", {}).get("url"):
            self.names_pages = True
            return self._same_host(answer.url.join(named)), ""
        if self.names_pages or len(tags) != PAGE or tags[-1] == last:
            return None, ""
        return self.image.address.join("tags/list").copy_merge_params({"n": PAGE, "last": tags[-1]}), tags[-1]

    def _same_host(self, url: httpx.URL) -> httpx.URL:
        home = self.image.address
        if (url.scheme, url.host, url.port) != (home.scheme, home.host, home.port):
            raise PromontoryError(
                f"{self.image.host} sends us to {url.scheme}://{url.host} for the next page of the tags of "
                f"{self.image.name}",
                "a registry's pages are at the registry: is a proxy in between that rewrites its links?",
            )
        return url
