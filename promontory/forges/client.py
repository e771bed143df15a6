"""The HTTP door of the family: paths, pages, redirects, and what is sent with the token.

It retries nothing. Redirects are followed on the same server only, because the token goes with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from pydantic import SecretStr

from promontory import __version__
from promontory.errors import ForgeError
from promontory.forges.address import Address
from promontory.forges.answer import Answer
from promontory.forges.failures import failure
from promontory.forges.shapes import Model, line, read

MOST_PAGES = 10
MOST_REDIRECTS = 3
# Python refuses to read numbers of thousands of digits.
_DIGITS = 12
# Python refuses to read numbers of thousands of digits.
_DIGITS = 12
_REDIRECTS = (301, 302, 303, 307, 308)
Parameters = Mapping[str, str | int]


@dataclass(frozen=True)
class Dialect:
    """How a kind of forge is spoken to. ``api`` makes the root of the API of the forge's address.

    ``page_size`` is the name of the parameter, and the most it may be. ``silent_pages``: there are lists that say in no
    header whether they go on, so that only an empty page is the end.
    """

    api: Callable[[str], str]
    authorization: str
    page_size: tuple[str, int]
    permissions: str
    silent_pages: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Client:
    address: Address
    dialect: Dialect
    token: SecretStr

    def get(self, model: type[Model], path: str, **parameters: str | int) -> Model:
        return read(model, self._json(self._request("GET", path, parameters)), self.address.host)

    def each(
        self, model: type[Model], path: str, inside: str | None = None, **parameters: str | int
    ) -> Iterator[Model]:
        """All items of all pages, asked for as they are wanted; ``inside`` is the key where a page holds them.

        Raises `ForgeError` where there are too many pages.
        """
        name, size = self.dialect.page_size
        seen = 0
        for page in range(1, MOST_PAGES + 1):
            answer = self._request("GET", path, {**parameters, name: size, "page": page})
            items = self._items(answer, inside)
            seen += len(items)
            yield from (read(model, item, self.address.host) for item in items)
            if not items or not self._has_more(answer, seen):
                return
        raise ForgeError(f"{self.address.host} lists more than {seen} items at {line(path)}; no more are read")

    def send(self, method: str, path: str, data: Mapping[str, object]) -> object:
        """The answer's JSON; None where it is empty."""
        content = json.dumps(data).encode()
        return self._json(self._request(method, path, {}, content))

    def read(self, model: type[Model], data: object) -> Model:
        return read(model, data, self.address.host)

    def _has_more(self, answer: Answer, seen: int) -> bool:
        link, total = answer.headers.get("link"), answer.headers.get("x-total-count", "")
        if link is not None:
            return 'rel="next"' in link
        return int(total[:_DIGITS]) > seen if total.isdecimal() else self.dialect.silent_pages

    def _items(self, answer: Answer, inside: str | None) -> list[object]:
        data = self._json(answer)
        if inside is not None:
            # Gitea answers with nothing at all, or with null, where there are no statuses.
            data = [] if data is None else data.get(inside) or [] if isinstance(data, dict) else data
        if not isinstance(data, list):
            raise ForgeError(f"{self.address.host} gave an answer of an unknown form: no list")
        return data

    def _json(self, answer: Answer) -> object:
        if not answer.body.strip():
            return None
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            what = "a web page" if "html" in answer.headers.get("content-type", "") else "something that is no JSON"
            raise ForgeError(
                f"{self.address.host} answered with {what}, not as the API of a {self.address.kind}",
                "check `forge: {kind: …, url: …}` in promontory.yaml",
            ) from None

    def _request(self, method: str, path: str, parameters: Parameters, content: bytes | None = None) -> Answer:
        url = f"{self.dialect.api(self.address.url)}/{path}"
        if parameters:
            url += f"?{urlencode(parameters)}"
        answer = self._exchange(method, url, content)
        if not 200 <= answer.status < 300:
            raise failure(answer, path, self.address, self.dialect.permissions, self.token.get_secret_value())
        return answer

    def _exchange(self, method: str, url: str, content: bytes | None) -> Answer:
        # httpx is slow to import, and most commands ask no forge.
        from promontory.forges.transport import exchange

        for _ in range(MOST_REDIRECTS + 1):
            answer = exchange(method, url, self._headers(content), content)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._redirected(answer, method, url)
        raise ForgeError(f"{self.address.host} redirects more than {MOST_REDIRECTS} times")

    def _headers(self, content: bytes | None) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"promontory/{__version__}",
            **self.dialect.headers,
            "Authorization": self.dialect.authorization.format(self.token.get_secret_value()),
        }
        return headers | ({"Content-Type": "application/json"} if content is not None else {})

    def _redirected(self, answer: Answer, method: str, url: str) -> str:
        target = urljoin(url, answer.headers.get("location", ""))
        old, new = urlsplit(url), urlsplit(target)
        if _origin(old) != _origin(new):
            shown = line(f"{new.scheme}://{new.netloc.rpartition('@')[2]}")
            raise ForgeError(
                f"{self.address.host} redirects to {shown}; the token was not sent there",
                "give the address that the forge really has: `forge: {url: …}` in promontory.yaml",
                status=answer.status,
            )
        if method != "GET" and answer.status not in (307, 308):
            raise ForgeError(
                f"{self.address.host} redirects a {method} to {line(new.path)}, which is not followed",
                f"has {self.address.repository} been renamed? Correct the repository's address, or `forge:`",
                status=answer.status,
            )
        return target


def _origin(url: SplitResult) -> tuple[str, str]:
    return url.scheme, url.netloc.lower()
