"""What one expectation of an answer has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promontory.health import Health

RELEASE = "{release}"


@dataclass(frozen=True)
class Finding:
    """``fault`` says what is wrong; it is empty where the expectation holds.

    ``proof``: what is expected names the release. ``passing``: the normal sight during a rollout, which is waited for.
    ``seen`` is for people, whatever it is.
    """

    fault: str = ""
    proof: bool = False
    passing: bool = False
    seen: str = ""


def proven(findings: Sequence[Finding]) -> bool:
    """Whether all that can show which release answers does."""
    proofs = [finding for finding in findings if finding.proof]
    return bool(proofs) and not any(finding.fault for finding in proofs)


def gravest(findings: Sequence[Finding]) -> tuple[Health, str] | None:
    """What cannot be waited for is said first."""
    faulty = sorted((finding for finding in findings if finding.fault), key=lambda finding: finding.passing)
    if not faulty:
        return None
    return (Health.PROGRESSING if faulty[0].passing else Health.UNHEALTHY), faulty[0].fault
