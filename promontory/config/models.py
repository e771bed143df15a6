"""What promontory.yaml says, as frozen values. Reading and checking it is `loading`'s job.

The descriptions are what a user reads in the editor (`promontory schema`).
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, SerializeAsAny

from promontory.config.document import Spot
from promontory.config.environment import Environment
from promontory.config.notifications import Route
from promontory.config.people import Members, OtherNames
from promontory.config.repository import ForgeOptions, RepositoryOptions
from promontory.config.section import Section
from promontory.config.signers import Signers
from promontory.errors import UsageError
from promontory.model import Place
from promontory.options import Options
from promontory.pipeline import Pipeline
from promontory.suggestion import suggest


class Application(Section):
    """A thing that is deployed."""

    # The strategy of each environment that it runs in, bound to it; made of `strategy` and `environments`.
    strategies: Mapping[str, SerializeAsAny[Options]] = Field(exclude=True, repr=False)
    description: str = Field(default="", description="What the application is; shown to approvers.")
    owner: str = Field(default="", description="Whom to call about the application: a team, an address, a channel.")
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
    windows: tuple[SerializeAsAny[Options], ...] = Field(
        default=(),
        description="Windows of every environment, or of those that their globs name, e.g. a freeze of all production.",
    )
    forge: ForgeOptions | None = Field(
        default=None,
        description="The forge that the repository is on, where its address does not say it: GitHub, GitLab, Gitea.",
    )
    signers: Signers | None = Field(
        default=None, description="Whose signatures count where an approval is `signed`. Left out: nobody's."
    )

    people: Mapping[str, OtherNames] = Field(
        default={},
        description="The other names of a person, by the name that is meant: addresses, logins on the forge, what they "
        "type into forms. Nobody counts twice, under whatever names.",
    )
    groups: Mapping[str, Members] = Field(
        default={}, description="Groups of people, by name; group:NAME stands for them among approvers."
    )
    notifications: tuple[Route, ...] = Field(
        default=(), description="Who is told of what, and through which channel: a list of routes."
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
