"""Every exception Promontory raises on purpose.

::

    PromontoryError               says what happened and what to do next
    ├── UsageError                the caller asked for something that does not exist (exit 2)
    │   ├── InvalidRelease        not a version and not a digest
    │   └── ProgramMissing        a program is not installed here, or too old
    ├── ConfigurationError        promontory.yaml has problems, all of them listed (exit 2)
    ├── StrategyError             the repository does not hold what the strategy expects (exit 2)
    │   ├── YamlError             a YAML file that cannot be read or edited, with its place
    │   │   └── NotYaml           no YAML reader could read it
    │   └── ClusterError          a Kubernetes API that says no (exit 2)
    │       ├── ForeignField      a field that promontory.yaml does not name
    │       ├── ObjectNotFound    it has no such object
    │       └── ObjectConflict    somebody else has changed, or made, the object meanwhile
    │           └── ObjectRejected    a test in the patch does not hold, or what is asked for is not accepted
    ├── RenderingError            kustomize or helm could not make the manifests (exit 2)
    ├── RepositoryError           Git could not do it
    │   ├── RepositoryNotFound    no such repository, or an empty one (exit 2)
    │   ├── AuthenticationFailed  missing or refused credentials, unknown host key (exit 2)
    │   ├── PushRefused           protected branch, rejecting hook, missing permission (exit 3)
    │   ├── CorruptMirror         the local cache is damaged; it is rebuilt and the call repeated
    │   └── RevertConflict        somebody changed the same place since (exit 5)
    ├── ForgeError                GitHub, GitLab or Gitea gave an answer that is of no use
    │   ├── ForgeNotFound         no such repository or pull request, or not for this token (exit 2)
    │   └── ForgeRefused          a missing permission, a rule of the forge, a request that is wrong (exit 3)
    ├── NotAllowed                a gate is closed, a person said no, a release is held (exit 3)
    │   └── Superseded            a newer release overtook this one while it waited
    ├── PlanChanged               what would be pushed is no longer what was planned (exit 3)
    └── TransientError            may work next time: retried with backoff, then exit 1
        └── LostRace              somebody pushed first: plan again

"Unhealthy", "closed" and "rejected" are values until the flow decides; they become exceptions nowhere
in the core except at the very push, where a closed gate must stop the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promontory.escaping.plain import printable


class PromontoryError(Exception):
    """What happened, and in ``remedy`` what the reader can do about it."""

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        # Programs, servers and files are quoted in it, and it gets everywhere: into states, logs and the ledger.
        self.message = printable(message)
        self.remedy = printable(remedy)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.remedy}" if self.remedy else self.message


class UsageError(PromontoryError):
    exit_code = 2


class InvalidRelease(UsageError):
    pass


class ProgramMissing(UsageError):
    pass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong at one place; ``line`` and ``column`` count from 1, 0 means the whole file."""

    file: str
    line: int
    column: int
    where: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        told = f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"
        return f"{told}\n  → {self.remedy}" if self.remedy else told


class ConfigurationError(PromontoryError):
    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StrategyError(PromontoryError):
    exit_code = 2


class YamlError(StrategyError):
    """``line`` and ``column`` count from 1; 0 where the whole file is meant."""

    def __init__(self, message: str, remedy: str = "", *, line: int = 0, column: int = 0) -> None:
        super().__init__(message, remedy)
        self.line = line
        self.column = column


class NotYaml(YamlError):
    pass


class ClusterError(StrategyError):
    pass


class ForeignField(ClusterError):
    pass


class ObjectNotFound(ClusterError):
    pass


class ObjectConflict(ClusterError):
    pass


class ObjectRejected(ObjectConflict):
    pass


class RenderingError(PromontoryError):
    exit_code = 2


class RepositoryError(PromontoryError):
    pass


class RepositoryNotFound(RepositoryError):
    exit_code = 2


class AuthenticationFailed(RepositoryError):
    exit_code = 2


class PushRefused(RepositoryError):
    exit_code = 3


class CorruptMirror(RepositoryError):
    pass


class RevertConflict(RepositoryError):
    exit_code = 5


class ForgeError(PromontoryError):
    """``status`` is the HTTP status that said so; 0 where it was not the status."""

    def __init__(self, message: str, remedy: str = "", *, status: int = 0) -> None:
        super().__init__(message, remedy)
        self.status = status


class ForgeNotFound(ForgeError):
    exit_code = 2


class ForgeRefused(ForgeError):
    exit_code = 3


class NotAllowed(PromontoryError):
    exit_code = 3


class Superseded(NotAllowed):
    pass


class PlanChanged(PromontoryError):
    exit_code = 3


class TransientError(PromontoryError):
    """Retried. ``retry_after`` is in seconds, where the other side said how long to wait."""

    def __init__(self, message: str, remedy: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class LostRace(TransientError):
    pass
