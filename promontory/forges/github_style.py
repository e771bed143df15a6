"""What Gitea's API has in common with GitHub's, which it was modelled on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promontory.errors import ForgeError
from promontory.escaping.forge import orderless, without_orders
from promontory.forges.client import Client
from promontory.forges.course import HttpForge
from promontory.forges.shapes import Line, Shape


class _User(Shape):
    login: Line


class _Created(Shape):
    number: int


class GitHubStyle(HttpForge):
    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.path = f"repos/{self.repository}"
        self.owner = self.repository.partition("/")[0]

    def whoami(self) -> str:
        return self.client.get(_User, "user").login

    def create(self, head: str, base: str, title: str, body: str) -> int:
        data = {"head": head, "base": base, "title": title, "body": body}
        return self.client.read(_Created, self.client.send("POST", f"{self.path}/pulls", data)).number

    def ask(self, number: int, reviewers: Sequence[str]) -> Iterator[str]:
        # One by one, because nobody is asked where one of them cannot be asked.
        for name in reviewers:
            _, slash, team = name.partition("/")
            data = {"team_reviewers": [team]} if slash else {"reviewers": [name]}
            try:
                self.client.send("POST", f"{self.path}/pulls/{number}/requested_reviewers", data)
            except ForgeError as error:
                yield f"{name} was not asked for a review: {error.message}"

    def update(self, number: int, title: str, body: str) -> None:
        self.client.send(
            "PATCH", f"{self.path}/pulls/{number}", {"title": without_orders(title), "body": orderless(body)}
        )

    def comment(self, number: int, text: str) -> None:
        self.client.send("POST", f"{self.path}/issues/{number}/comments", {"body": orderless(text)})

    def set_closed(self, number: int) -> None:
        self.client.send("PATCH", f"{self.path}/pulls/{number}", {"state": "closed"})
