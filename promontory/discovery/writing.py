"""A proposal as the text of promontory.yaml, with a comment that says why, and ``# ?`` where a person has to decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from promontory.discovery.findings import ApplicationProposal, EnvironmentProposal, Proposal
from promontory.discovery.templates import signature
from promontory.discovery.yaml_text import comment, pair

ASK = "# ?"
_HEAD = "What moves where, and on whose word. `promontory init` wrote it from what it saw on {seen}."
_ASKED = 'A line that begins with "# ?" is a question: decide, then delete it. `promontory validate` checks the rest.'
_VERIFY = (
    "how does one see that a release has arrived healthy? Without verify: it is deployed and never verified. For each "
    "environment, something like"
)
_RELEASES = "refuse a release that the registry does not have? Then, for each application, something like"
_ORDER = "In this order {}; after: says what comes before."
_APPROVAL = "Production wants somebody's yes; approvers: [names] says whose, without it anybody's counts."


def render(proposal: Proposal, seen: str) -> str:
    """``seen``: what was looked at, e.g. ``main at 3f2c1ab``."""
    lines = [*comment(_HEAD.format(seen=seen), 0), *comment(_ASKED, 0)]
    for note in proposal.notes:
        lines += comment(note, 0)
    lines += ["", "applications:", *_applications(proposal), "", "environments:", *_environments(proposal)]
    return "\n".join(lines) + "\n"


@dataclass
class _Anchors:
    """A strategy that several applications have is written once, with an anchor, and named from then on."""

    counted: Mapping[str, int]
    named: dict[str, str]

    @classmethod
    def of(cls, proposal: Proposal) -> _Anchors:
        return cls(Counter(signature(application.strategy) for application in proposal.applications), {})

    def strategy(self, application: ApplicationProposal) -> Iterator[str]:
        key = signature(application.strategy)
        if name := self.named.get(key):
            yield f"    strategy: *{name}"
            return
        anchor = ""
        if self.counted[key] > 1:
            anchor = f"as-{application.name}"
            self.named[key] = anchor
            yield from comment(f"{self.counted[key]} applications have this strategy: it stands here once", 4)
        yield from pair("strategy", application.strategy, 4, anchor)

    def seen_before(self, application: ApplicationProposal) -> bool:
        return signature(application.strategy) in self.named


def _applications(proposal: Proposal) -> Iterator[str]:
    anchors = _Anchors.of(proposal)
    for application in proposal.applications:
        yield f"  {application.name}:"
        if not anchors.seen_before(application):
            for text in application.comments:
                yield from comment(text, 4)
        yield from anchors.strategy(application)
        if application.overrides:
            yield "    environments:"
            for name, override in application.overrides.items():
                yield from pair(name, override, 6)
        for question in application.questions:
            yield from comment(question, 4, ASK)
    yield from _releases(proposal)


def _releases(proposal: Proposal) -> Iterator[str]:
    """An image whose registry is known: ``ghcr.io/acme/web-app``."""
    images = [
        str(application.strategy.get("image", "")).replace("{application}", application.name)
        for application in proposal.applications
    ]
    image = next((image for image in images if "." in image.partition("/")[0] and "/" in image), None)
    if image:
        yield from comment(_RELEASES, 4, ASK)
        yield from example("releases", {"kind": "registry", "repository": image}, 4)


def _environments(proposal: Proposal) -> Iterator[str]:
    if len(proposal.environments) > 1:
        yield from comment(_ORDER.format("as you said" if proposal.ordered else "because of their names"), 2)
    guarded = next((environment.name for environment in proposal.environments if environment.production), "")
    for environment in proposal.environments:
        if environment.name == guarded and not proposal.approvers:
            yield from comment(_APPROVAL, 2)
        yield from _environment(environment, proposal.approvers)
    url = "https://{application}.acme.example/version"
    yield from comment(_VERIFY, 2, ASK)
    yield from example("verify", [{"kind": "http", "url": url, "expect": {"json": {"version": "{release}"}}}], 2)


def example(key: str, value: object, indent: int) -> Iterator[str]:
    """What might stand there, as a comment to be taken away."""
    yield from (f"{' ' * indent}#   {line}" for line in pair(key, value, 0))


def _environment(environment: EnvironmentProposal, approvers: tuple[str, ...]) -> Iterator[str]:
    after, approval = environment.after, environment.production
    yield f"  {environment.name}:" + ("" if after or approval else " {}")
    if after:
        yield from pair("after", after[0] if len(after) == 1 else list(after), 4)
    if approval:
        yield from pair("approval", {"required": 1, **({"approvers": list(approvers)} if approvers else {})}, 4)
    for question in environment.questions:
        yield from comment(question, 4, ASK)
