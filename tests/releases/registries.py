"""Registries on pytest-httpserver, as different ones answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.releases.registry import Registry

NAME = "acme/web-app"
LIST = f"/v2/{NAME}/tags/list"


class NoTags:
    """`Surroundings` that nobody may ask: a registry needs neither Git nor the environments."""

    def remote_tags(self, url: str | None = None) -> Sequence[str]:
        raise AssertionError("a registry needs no Git")

    def deployed(self) -> Sequence[str]:
        raise AssertionError("a registry needs no ledger")


def source(server: HTTPServer, **options: object) -> Registry:
    return Registry.model_validate({"repository": f"localhost:{server.port}/{NAME}", **options})


def listed(server: HTTPServer) -> tuple[str, ...]:
    return source(server).releases(NoTags())


def numbered(count: int) -> list[str]:
    """In byte order, as registries list them."""
    return [f"v1.{number:06d}" for number in range(count)]


class PagedRegistry:
    """``link`` says how the next page is named: relative, absolute, or not at all."""

    def __init__(self, server: HTTPServer, tags: Sequence[str], link: str = "relative", page: int = 1000) -> None:
        self.server = server
        self.tags = list(tags)
        self.link = link
        self.page = page
        self.asked: list[Request] = []
        server.expect_request(LIST).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        last = request.args.get("last", "")
        size = min(int(request.args.get("n", self.page)), self.page)
        left = self.tags[self.tags.index(last) + 1 :] if last else self.tags
        response = Response(headers={"Content-Type": "application/json"})
        response.data = json.dumps({"name": NAME, "tags": left[:size]})
        if len(left) > size and self.link != "none":
            where = f"{LIST}?n={size}&last={quote(left[size - 1])}"
            host = f"http://localhost:{self.server.port}" if self.link == "absolute" else ""
            response.headers["Link"] = f'<{host}{where}>; rel="next"'
        return response
