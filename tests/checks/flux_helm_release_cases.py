"""The rules for a HelmRelease, each as the object that its controller leaves: what is it, and what is said of it?"""

from __future__ import annotations

from tests.checks.flux_kustomization_cases import HEALTHY, PROGRESSING, RETRYING, UNHEALTHY, rule
from tests.checks.flux_samples import RELEASED, condition, helm_release, ready

HISTORY = "status.history.0"
TESTED = {"spec.test": {"enable": True}}
UPGRADE_FAILED = condition("Released", "False", "UpgradeFailed", "Helm upgrade failed: context deadline exceeded")
NOT_READY = ready("False", "UpgradeFailed", "Helm upgrade failed: context deadline exceeded")
EXCEEDED = condition("Stalled", "True", "RetriesExceeded", "Failed to upgrade after 1 attempt(s)")
ROLLED_BACK = ready("False", "RollbackSucceeded", "Helm rollback to web-app.v6 succeeded")
REMEDIATED = condition("Remediated", "True", "RollbackSucceeded", "Helm rollback to web-app.v6 succeeded")
TEST_FAILED = condition("TestSuccess", "False", "TestFailed", "1 test failed")
ONCE = {"status.upgradeFailures": 1}
THRICE = {"spec.upgrade": {"remediation": {"retries": 3}}}
WORKING = condition("Reconciling", "True", "Progressing", "Running 'upgrade' action with timeout of 5m0s")

HELM_RELEASES = [
    rule("runs what it asks for", helm_release(), HEALTHY, "chart web-app 1.3.0 is deployed"),
    rule(
        "being deleted",
        helm_release(changes={"metadata.deletionTimestamp": "2025-01-01T00:00:00Z"}),
        UNHEALTHY,
        "it is being deleted",
    ),
    rule(
        "suspended", helm_release(changes={"spec.suspend": True}), UNHEALTHY, "`flux resume helmrelease web-app -n web`"
    ),
    rule("a spec it has not seen", helm_release(changes={"metadata.generation": 3}), PROGRESSING, "present spec"),
    rule(
        "upgrading",
        helm_release(ready("Unknown", "Progressing"), RELEASED, WORKING),
        PROGRESSING,
        "Running 'upgrade' action",
    ),
    rule("ready, and at work", helm_release(ready(), RELEASED, WORKING), PROGRESSING, "Running 'upgrade' action"),
    rule(
        "not ready yet",
        helm_release(ready("Unknown", "Progressing", "Fulfilling prerequisites")),
        PROGRESSING,
        "Fulfilling",
    ),
    rule("ready or not", helm_release(RELEASED), PROGRESSING, "Flux has not told yet whether it is ready"),
    rule("not released", helm_release(ready()), PROGRESSING, "it has not been released yet: nothing is told of it"),
    rule("not tested", helm_release(changes=TESTED), PROGRESSING, "its tests have not succeeded yet: nothing is told"),
    rule(
        "tested",
        helm_release(ready(), RELEASED, condition("TestSuccess", "True"), changes=TESTED),
        HEALTHY,
        "is deployed",
    ),
    rule(
        "tests fail",
        helm_release(ready("False", "TestFailed", "1 test failed"), RELEASED, TEST_FAILED, changes={**TESTED, **ONCE}),
        UNHEALTHY,
        "1 test failed",
    ),
    rule(
        "tests fail and nobody minds",
        helm_release(ready(), RELEASED, TEST_FAILED, changes={"spec.test": {"enable": True, "ignoreFailures": True}}),
        HEALTHY,
        "spec.test.ignoreFailures lets pass",
    ),
    rule("no release", helm_release(changes={"status.history": []}), PROGRESSING, "its latest release is not told"),
    rule(
        "pending",
        helm_release(changes={f"{HISTORY}.status": "pending-upgrade"}),
        PROGRESSING,
        "is pending-upgrade, not dep",
    ),
    rule(
        "the values before",
        helm_release(changes={f"{HISTORY}.configDigest": "sha256:old"}),
        PROGRESSING,
        "present values",
    ),
    rule(
        "no digests",
        helm_release(changes={f"{HISTORY}.configDigest": None, "status.lastAttemptedConfigDigest": None}),
        PROGRESSING,
        "it does not run its present values yet",
    ),
    # what Helm could not do
    rule(
        "failed, no retries left",
        helm_release(NOT_READY, UPGRADE_FAILED, changes=ONCE),
        UNHEALTHY,
        "Helm upgrade failed: context deadline exceeded",
    ),
    rule(
        "failed, retries left",
        helm_release(NOT_READY, UPGRADE_FAILED, RETRYING, changes={**ONCE, **THRICE}),
        PROGRESSING,
        "Helm upgrade failed: context deadline exceeded; Flux tries again",
    ),
    rule(
        "failed for the last time",
        helm_release(NOT_READY, UPGRADE_FAILED, RETRYING, changes={**THRICE, "status.upgradeFailures": 4}),
        UNHEALTHY,
        "Helm upgrade failed",
    ),
    rule(
        "failed, retried for ever",
        helm_release(
            NOT_READY, UPGRADE_FAILED, RETRYING, changes={**ONCE, "spec.upgrade": {"remediation": {"retries": -1}}}
        ),
        PROGRESSING,
        "Flux tries again",
    ),
    rule(
        "failed, and its strategy is to retry",
        helm_release(
            NOT_READY,
            UPGRADE_FAILED,
            RETRYING,
            changes={**ONCE, "spec.upgrade": {"strategy": {"name": "RetryOnFailure"}}},
        ),
        PROGRESSING,
        "Flux tries again",
    ),
    rule(
        "an install that failed",
        helm_release(
            ready("False", "InstallFailed", "Helm install failed"),
            condition("Released", "False", "InstallFailed", "Helm install failed"),
            changes={"status.installFailures": 1, "status.lastAttemptedReleaseAction": "install"},
        ),
        UNHEALTHY,
        "Helm install failed",
    ),
    rule(
        "stalled",
        helm_release(NOT_READY, UPGRADE_FAILED, EXCEEDED, changes=ONCE),
        UNHEALTHY,
        "it is stalled: Failed to upgrade after 1 attempt(s): Helm upgrade failed: context deadline exceeded",
    ),
    rule(
        "rolled back",
        helm_release(ROLLED_BACK, UPGRADE_FAILED, REMEDIATED, changes=ONCE),
        UNHEALTHY,
        "Helm took it back: Helm rollback to web-app.v6 succeeded: Helm upgrade failed: context deadline exceeded",
    ),
    rule(
        "rolled back, retries left",
        helm_release(ROLLED_BACK, UPGRADE_FAILED, REMEDIATED, RETRYING, changes={**ONCE, **THRICE}),
        PROGRESSING,
        "Flux tries again",
    ),
    # what is no fault of Helm's
    rule(
        "it waits for another",
        helm_release(ready("False", "DependencyNotReady", "'db' is not ready"), UPGRADE_FAILED, RETRYING, changes=ONCE),
        PROGRESSING,
        "it waits: 'db' is not ready",
    ),
    rule(
        "its chart is not there",
        helm_release(ready("False", "SourceNotReady", "HelmChart is not ready"), RELEASED, RETRYING),
        PROGRESSING,
        "it waits: HelmChart is not ready",
    ),
    rule(
        "its values cannot be read",
        helm_release(ready("False", "ValuesError", "no Secret web/values"), RELEASED, RETRYING),
        UNHEALTHY,
        "no Secret web/values",
    ),
    rule("no status", helm_release(changes={"status": None}), PROGRESSING, "present spec"),
]
