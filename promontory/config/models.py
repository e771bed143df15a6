"""What promontory.yaml says, as frozen values. Reading and checking it is `loading`'s job.

The descriptions are what a user reads in the editor (`promontory schema`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, model_validator

from promontory.config.document import Spot
from promontory.errors import UsageError
from promontory.model import Place
from promontory.options import Duration, Options
from promontory.pipeline import Pipeline
from promontory.repository_url import RepositoryUrl
from promontory.suggestion import suggest

NAME_PATTERN = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


def _as_list(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise ValueError("must be the name of an environment, or a list of names")
    return [value] if isinstance(value, str) else value


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValueError(f'"{name}" stands here twice')
    return names


def _check_branch(name: str) -> str:
    if name.startswith("-") or ".." in name or not name.isprintable() or any(mark in name for mark in " ~^:?*[\\"):
        raise ValueError(f"{name!r} cannot be a branch")
    return name


def _check_forge_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or "@" in url or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError("give the forge's address without user name, password and query: https://git.acme.example")
    return url


Text = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Text, ...], AfterValidator(_unique)]
After = Annotated[Names, BeforeValidator(_as_list)]


class Section(BaseModel):
    """A mapping of promontory.yaml: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RepositoryOptions(Section):
    """The GitOps repository, where it is not the one that promontory.yaml is in."""

    url: RepositoryUrl = Field(description="Where the repository is: an https, ssh or file URL, or a path.")
    branch: Annotated[Text, AfterValidator(_check_branch)] | None = Field(
        default=None, description="The branch that the environments follow. Left out: the repository's default branch."
    )


class ForgeOptions(Section):
    """Where pull requests and commit statuses go. What the repository's address says already can be left out."""

    kind: Text | None = Field(default=None, description="What it is: github, gitlab or gitea (also for Forgejo).")
    url: Annotated[Text, AfterValidator(_check_forge_url)] | None = Field(
        default=None, description="Where it is, e.g. https://git.acme.example. Left out: the repository's server."
    )
    repository: Text | None = Field(
        default=None, description="What the repository is called there, e.g. acme/gitops. Left out: as in its address."
    )


class Approval(Section):
    """People who must say yes, to exactly the change that will be pushed."""

    required: int = Field(default=1, ge=1, le=100, strict=True, description="How many people must approve.")
    approvers: Names = Field(
        default=(), description="Who may approve, by the name or address they sign with. Left out: anybody."
    )
    expires: Duration | None = Field(
        default=None, description="How long an approval waits or stays good, e.g. 24h. Left out: for ever."
    )

    @model_validator(mode="after")
    def _enough_approvers(self) -> Self:
        if self.approvers and self.required > len(self.approvers):
            raise ValueError(f"{self.required} approvals are required of {len(self.approvers)} approvers")
        return self


def _as_delivery(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


class Delivery(Section):
    """How a change gets into the branch: pushed to it, or merged through a pull request (GitLab: merge request)."""

    kind: Literal["push", "pull-request"] = Field(description="push, or pull-request.")
    merge: Literal["auto", "wait"] = Field(
        default="auto",
        description="Who merges. auto: Promontory, as soon as the checks of the request are green; wait: people.",
    )
    method: Literal["merge", "squash", "rebase"] = Field(
        default="merge", description="How Promontory merges: with a merge commit, squashed, or rebased."
    )
    labels: Names = Field(default=(), description="Labels that the request gets.")
    reviewers: Names = Field(
        default=(), description="Who is asked for a review: user names, or organization/team where the forge has teams."
    )
    deadline: Duration | None = Field(
        default=None, description="How long a request may stay open, e.g. 24h. Left out: for ever."
    )

    @model_validator(mode="after")
    def _only_for_requests(self) -> Self:
        if self.kind == "push" and (more := sorted(self.model_fields_set - {"kind"})):
            raise ValueError(f"{' and '.join(more)}: only with kind: pull-request")
        return self

    @property
    def by_request(self) -> bool:
        return self.kind == "pull-request"


class Environment(Section):
    """A place where applications run."""

    description: str = Field(default="", description="What the environment is for; shown to approvers.")
    after: After = Field(
        default=(), description="The environment, or a list of them, that a release must be in before it may come here."
    )
    test: tuple[SerializeAsAny[Options], ...] = Field(
        default=(), description="Tests that a release must pass before it is promoted into this environment."
    )
    verify: tuple[SerializeAsAny[Options], ...] = Field(
        default=(),
        description="Checks that show, after the push, that the release has arrived healthy. If one fails, the "
        "promotion is reverted. Without any, the environment is deployed but never verified.",
    )
    soak: Duration | None = Field(
        default=None,
        description="How long a release that is healthy is watched on before it counts as verified, e.g. 2h. What "
        "flaps meanwhile starts anew, what fails is reverted. Left out: not at all.",
    )
    approval: Approval | None = Field(default=None, description="Who must approve a promotion into this environment.")
    deliver: Annotated[Delivery, BeforeValidator(_as_delivery)] = Field(
        default=Delivery(kind="push"),
        description="How a change gets there: push (to the branch) or pull-request; a mapping says more of a request.",
    )
    revert_by: Literal["same", "push"] = Field(
        default="same",
        description="How a revert gets there: same as the change (through a pull request, where that is the way), or "
        "push: past pull requests.",
    )
    on_cancel: Literal["leave", "revert"] = Field(
        default="leave",
        description="What becomes of a release that was pushed and not verified yet when its run is cancelled: leave "
        "it there, unverified, or revert it.",
    )
    on_failure: Literal["revert-self", "revert-wave"] = Field(
        default="revert-self",
        description="What goes back where a release fails here: revert-self, or revert-wave: also what the same run "
        "brought to the environments beside this one.",
    )

    @model_validator(mode="after")
    def _soak_watches(self) -> Self:
        if self.soak and not self.verify:
            raise ValueError("soak: there is no verify:, so nothing would be watched")
        return self


class Application(Section):
    """A thing that is deployed."""

    # The strategy of each environment that it runs in, bound to it; made of `strategy` and `environments`.
    strategies: Mapping[str, SerializeAsAny[Options]] = Field(exclude=True, repr=False)
    description: str = Field(default="", description="What the application is; shown to approvers.")
    strategy: Mapping[str, object] = Field(
        description="How the GitOps repository says which release an environment runs."
    )
    environments: Mapping[str, Mapping[str, object] | bool] = Field(
        default={},
        description="Where an environment differs: strategy options that replace those of `strategy` there, or "
        "false where the application does not run.",
    )
    releases: SerializeAsAny[Options] | None = Field(
        default=None,
        description="Where its releases are published. A release that is not there is refused. Left out: not asked.",
    )


class Config(Section):
    """What moves where, by which rules: the configuration of Promontory."""

    # How messages call the file, and where in it each part stands.
    file: str = Field(exclude=True)
    spots: Mapping[tuple[str | int, ...], Spot] = Field(exclude=True, repr=False)
    applications: Mapping[str, Application] = Field(description="The applications that are promoted, by name.")
    environments: Mapping[str, Environment] = Field(
        description="The environments, by name. `after` makes them a directed acyclic graph."
    )
    repository: RepositoryOptions | None = Field(
        default=None, description="The GitOps repository. Left out: the one that promontory.yaml is in."
    )
    forge: ForgeOptions | None = Field(
        default=None,
        description="The forge that the repository is on, where its address does not say it: GitHub, GitLab, Gitea.",
    )

    def application(self, name: str) -> Application:
        """Raises `UsageError` with the known names where there is no such application."""
        if name not in self.applications:
            raise UsageError(f'no application "{name}"{suggest(name, self.applications)}', self._remedy())
        return self.applications[name]

    def environment(self, name: str) -> Environment:
        """Raises `UsageError` with the known names where there is no such environment."""
        if name not in self.environments:
            raise UsageError(f'no environment "{name}"{suggest(name, self.environments)}', self._remedy())
        return self.environments[name]

    def strategy(self, application: str, environment: str) -> Options:
        """The strategy bound to the place. Raises `UsageError` where the application does not run there."""
        strategies = self.application(application).strategies
        self.environment(environment)
        if environment not in strategies:
            raise UsageError(f'"{application}" does not run in "{environment}"', f"it runs in {', '.join(strategies)}")
        return strategies[environment]

    def place(self, application: str, environment: str) -> Place:
        """The application there, with the environments before it; raises `UsageError` like `strategy`."""
        self.strategy(application, environment)
        return Place(application, environment, self.pipeline(application).after(environment))

    def pipeline(self, application: str | None = None) -> Pipeline:
        """The DAG of all environments, or of those that the application runs in."""
        whole = Pipeline({name: environment.after for name, environment in self.environments.items()})
        if application is None:
            return whole
        runs_in = self.application(application).strategies
        return whole.without({name for name in self.environments if name not in runs_in})

    def _remedy(self) -> str:
        return f"the names are those of {self.file}"
