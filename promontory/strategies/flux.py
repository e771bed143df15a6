"""The flux strategy: the values below a directory that carry the marker of one Flux image policy.

::

    image: ghcr.io/acme/web-app:v1.2.0  # {"$imagepolicy": "flux-system:web-app"}
    tag: v1.2.0                         # {"$imagepolicy": "flux-system:web-app:tag"}

They are what Flux's image automation would update (`flux_markers`); here Promontory does, and one environment at a
time. What Flux loses when it writes a file (blank lines, a leading ``---``, CRLF) stays.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from promontory.change import Change, FileEdit, Files
from promontory.errors import StrategyError
from promontory.manifests.flux_images import Automation, image_policies, overwriting
from promontory.options import Remark, check_template
from promontory.strategies.contract import Strategy
from promontory.strategies.flux_markers import KEY, PARTS, Scan, policies_named, scan
from promontory.strategies.flux_release import read_release, write_release
from promontory.strategies.paths import RepositoryPath
from promontory.suggestion import suggest
from promontory.yamledit import replace

log = logging.getLogger("promontory.strategies")

_NAME = r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?"
_POLICY = re.compile(rf"{_NAME}:{_NAME}")
_TOLD = 10


def _check_policy(policy: str) -> str:
    check_template(policy)
    if "{release}" in policy:
        raise ValueError("only {application} and {environment} are filled in here")
    plain = policy.replace("{application}", "x").replace("{environment}", "x")
    whole, _, part = plain.rpartition(":")
    if part in PARTS and _POLICY.fullmatch(whole):
        raise ValueError(f"leave :{part} away: every marker of the policy belongs to the release")
    if not _POLICY.fullmatch(plain):
        raise ValueError(f"{policy!r} is not an ImagePolicy: write namespace:name, as in the markers")
    return policy


class FluxStrategy(Strategy):
    """Whose markers, and below which directory."""

    kind: Literal["flux"]
    path: RepositoryPath = Field(description="The environment's directory; markers count at any depth below it")
    policy: Annotated[str, AfterValidator(_check_policy)] = Field(
        description="The Flux ImagePolicy that the markers name, as namespace:name"
    )

    def current(self, files: Files) -> str | None:
        return read_release(self._scan(files).setters, self.policy)

    def change(self, files: Files, release: str, sources: Sequence[Strategy]) -> Change:  # noqa: ARG002 — nothing is copied
        found = self._scan(files)
        for place in found.ignored:
            log.warning("%s: %s", place.place, place.why)
        read_release(found.setters, self.policy)
        values = write_release(found.setters, self.policy, release)
        edits = []
        for file, changes in groupby(values, lambda value: value[0].file):
            after = replace(file, [(setter.scalar, text) for setter, text in changes])
            edits.append(FileEdit(file.name, found.contents[file.name], after))
        return Change(tuple(edit for edit in edits if edit.before != edit.after))

    def remarks(self, files: Files, branch: str) -> tuple[Remark, ...]:
        found = self._scan(files)
        ignored = (Remark(f"{it.place}: {it.why}", "correct it, or take the marker away") for it in found.ignored)
        return (*ignored, *self.rivals(files, branch))

    def rivals(self, files: Files, branch: str) -> tuple[Remark, ...]:
        found = self._scan(files)
        return tuple(self._overwritten(files, it) for it in overwriting(files, found.paths, self.policy, branch))

    def _overwritten(self, files: Files, automation: Automation) -> Remark:
        policy = image_policies(files).get(self.policy)
        chosen = f" ({policy.place}{': ' + policy.chooses if policy.chooses else ''})" if policy else ""
        return Remark(
            f"Flux would overwrite what is promoted here: the ImageUpdateAutomation {automation.name} "
            f"({automation.place}) updates {automation.path} on {automation.branch or 'this branch'}",
            f"suspend it (spec.suspend: true), let its spec.update.path not cover {self.path}, or pin the "
            f"ImagePolicy {self.policy}{chosen} to one release",
        )

    def _scan(self, files: Files) -> Scan:
        """With the markers that say something of a release, of which there must be one."""
        if files.names("" if self.path == "." else self.path) is None:
            raise StrategyError(f"there is no directory {self.path}", "correct path: or add the directory")
        found = scan(files, self.path, self.policy)
        named = bool(found.setters)
        found.setters = [setter for setter in found.setters if setter.part != "name"]
        if not found.setters:
            raise self._nothing_marked(files, found, named=named)
        return found

    def _nothing_marked(self, files: Files, found: Scan, *, named: bool) -> StrategyError:
        remedy = f'mark the image with # {{"{KEY}": "{self.policy}"}}'
        if named:
            return StrategyError(f"{self.policy} has only :name markers below {self.path}", remedy)
        if found.ignored:
            places = "; ".join(f"{it.place}: {it.why}" for it in found.ignored[:_TOLD])
            return StrategyError(f"no marker of {self.policy} is in force below {self.path}: {places}", remedy)
        others = policies_named(files, self.path)
        told = ", ".join(others[:_TOLD]) + (f" and {len(others) - _TOLD} more" if len(others) > _TOLD else "")
        there = f"the markers there name {told}" if others else "there are no markers at all"
        message = f"{self.path} has no marker for {self.policy}{suggest(self.policy, others)}: {there}"
        return StrategyError(message, f"correct path: or policy:, or {remedy}")
