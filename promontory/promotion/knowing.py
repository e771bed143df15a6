"""What ledger and configuration say around an entry that is to be told, and an outcome as the event that it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promontory.approvals import request_for
from promontory.approvals.schedule import expires_at
from promontory.entry import Entry
from promontory.event import Event, Word
from promontory.model import Place
from promontory.notifications.reading import Asked
from promontory.promotion.breaking_glass import to_be_broken
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.values import HopOutcome
from promontory.promotion.workspace import Workspace


@dataclass(frozen=True)
class Knowing:
    """As of the last sync. Whatever is not in the configuration any more has no rules."""

    workspace: Workspace

    @property
    def link(self) -> str:
        return self.workspace.actor.link

    def history(self, entry: Entry) -> Sequence[Entry]:
        """Up to the entry: by the time that it is told, more may have happened."""
        newest_first = self.workspace.ledger.place(entry.place).newest(promotion=entry.promotion)
        earlier = [each for each in newest_first if (each.number or 0) < (entry.number or 0)]
        return (*reversed(earlier), entry)

    def is_verified(self, environment: str) -> bool:
        rules = self.workspace.config.environments.get(environment)
        return bool(rules and rules.verify)

    def is_granted(self, entry: Entry) -> bool:
        rule = rule_for(self.workspace, entry.environment)
        return judged(self.workspace, rule, self.history(entry), entry.digest or "").status == "granted"

    def asked(self, entry: Entry) -> Asked:
        rule, entries = rule_for(self.workspace, entry.environment), self.history(entry)
        digest = entry.digest or ""
        request = request_for(entries, digest)
        if rule is None or request is None:
            return Asked()
        return Asked(
            judged(self.workspace, rule, entries, digest).wanted,
            expires_at(rule, request),
            rule.signed,
            to_be_broken(request, entries),
        )

    def owner(self, entry: Entry) -> str:
        return owner_of(self.workspace, entry.place)


def owner_of(workspace: Workspace, place: Place) -> str:
    """Whom to call: of the environment first, then of the application."""
    environment = workspace.config.environments.get(place.environment)
    application = workspace.config.applications.get(place.application)
    owners = (environment.owner if environment else "", application.owner if application else "")
    return ", ".join(dict.fromkeys(owner for owner in owners if owner))


def event_of(workspace: Workspace, word: Word, outcome: HopOutcome) -> Event:
    """How a run left an environment."""
    return Event(
        word=word,
        application=outcome.application,
        environment=outcome.environment,
        release=outcome.release,
        previous=outcome.previous or "",
        promotion=outcome.promotion or "",
        also=tuple(member.application for member in outcome.also),
        at=workspace.clock.now(),
        by=workspace.actor.by,
        reason=outcome.reason,
        commit=outcome.commit or "",
        remedy=outcome.remedy,
        link=workspace.actor.link,
        run=workspace.actor.run or "",
        owner=owner_of(workspace, Place(outcome.application, outcome.environment)),
    )
