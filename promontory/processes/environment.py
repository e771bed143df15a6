"""What a program sees of this process's environment: everything but Promontory's own secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from promontory.options import Target

# Ours and Prefect's, by the way such variables are called: a secret that a later version adds is covered, too. And the
# addresses of channels, which are secrets whatever they are called.
_SECRET = re.compile(
    r"(PROMONTORY|PREFECT)_.*(PASSWORD|PASSPHRASE|TOKEN|SECRET|KEY|AUTH_STRING|CONNECTION_URL|CUSTOM_HEADERS).*"
    r"|PROMONTORY_NOTIFY_.*"
)


def without_secrets() -> dict[str, str]:
    """The environment of this process, but for the secrets."""
    return {name: value for name, value in os.environ.items() if not _SECRET.fullmatch(name)}


def scrubbed(target: Target, additions: Mapping[str, str]) -> dict[str, str]:
    """The environment without secrets, with the promotion's facts; ``additions`` win over both."""
    facts = {
        "PROMONTORY_APPLICATION": target.place.application,
        "PROMONTORY_ENVIRONMENT": target.place.environment,
        "PROMONTORY_RELEASE": target.release,
    }
    known = {"PROMONTORY_COMMIT": target.commit} if target.commit else {}
    return {**without_secrets(), **facts, **known, **additions}
