"""How events are told where a route does not say it: titles and first sentences, as one wants to read them at night."""

from __future__ import annotations

from collections.abc import Mapping

from promontory.event import Word
from promontory.notifications.contract import Level

TITLES: Mapping[Word, str] = {
    "approval-wanted": "Approval wanted: {what} → {environment}",
    "reminded": "Still waiting for approval: {what} → {environment}",
    "approved": "Approved by {by}, more is wanted: {what} → {environment}",
    "granted": "Approved: {what} → {environment}",
    "rejected": "Rejected: {what} → {environment}",
    "expired": "Approval expired: {what} → {environment}",
    "promoted": "Promoted: {what} is healthy in {environment}",
    "deployed": "Deployed: {what} is in {environment}, nobody checks its health",
    "tests-failed": "Tests failed: {what} does not enter {environment}",
    "failed": "Unhealthy: {what} in {environment}",
    "reverted": "Reverted: {what} left {environment}",
    "revert-asked": "Merge needed: {what} is unhealthy in {environment}, its revert waits in a pull request",
    "revert-failed": "ACTION NEEDED: {what} could not be taken back in {environment}",
    "left-unverified": "Left unverified: {what} in {environment}",
    "held": "Held: {what} may not enter {environment}",
    "lifted": "Hold lifted: {what} may enter {environment}",
    "superseded": "Superseded: {what} → {environment}",
    "break-glass": "BREAK-GLASS by {by}: {what} → {environment}, past closed gates",
    "window-waiting": "Waiting to enter {environment}: {what}",
}

SENTENCES: Mapping[Word, str] = {
    "approval-wanted": "{what} waits for your word to enter {environment}, which runs {previous}. Asked for by {by}.",
    "reminded": "{what} still waits for your word to enter {environment}, which runs {previous}.",
    "approved": "{by} approved {what} for {environment}. More approvals are wanted.",
    "granted": "{what} has the approvals that {environment} wants, the last one from {by}. It goes on.",
    "rejected": "{by} said no: {what} does not enter {environment}.",
    "expired": "Not enough approvals came in time: {what} does not enter {environment}. Promoting it again asks anew.",
    "promoted": "{environment} runs {release} instead of {previous}, and the checks are healthy.",
    "deployed": "{environment} runs {release} instead of {previous}. It has no checks, so it is not verified.",
    "tests-failed": "{what} failed a test that it must pass before {environment}. Nothing was pushed.",
    "failed": "{what} did not become healthy in {environment}. What the run has pushed is being taken back.",
    "reverted": "{what} was taken back and is held. {environment} is healthy again, as far as there are checks.",
    "revert-asked": "{environment} still runs {what}, which is unhealthy, until the revert is merged.",
    "revert-failed": "{environment} needs a person: {what} was to be taken back, and that has failed.",
    "left-unverified": "Its run was cancelled or died after the push: {environment} runs {what}, unwatched.",
    "held": "{by} holds {what} out of {environment} until the hold is lifted.",
    "lifted": "{by} lifted the hold: {what} may enter {environment} again.",
    "superseded": "A newer release has overtaken {what} on its way to {environment}.",
    "break-glass": "{by} let {what} into {environment} although gates were closed.",
    "window-waiting": "{what} is ready for {environment} and goes on by itself when its gates open.",
}

LEVELS: Mapping[Word, Level] = {
    "approval-wanted": "warning",
    "reminded": "warning",
    "granted": "success",
    "rejected": "warning",
    "expired": "warning",
    "promoted": "success",
    "tests-failed": "failure",
    "failed": "failure",
    "reverted": "warning",
    "revert-asked": "failure",
    "revert-failed": "failure",
    "left-unverified": "warning",
    "held": "warning",
    "break-glass": "failure",
}
