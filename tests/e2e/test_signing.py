"""A deployed run that wants a signature: the form says so, and a signature over the API lets it go on."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.stage import Stage
from tests.e2e.test_approval_ways import answered
from tests.e2e.test_approvals import answer, suspended
from tests.signatures.keys import ALICE, Key, needs_ssh_keygen

RULE = {"staging": {"approval": {"approvers": [ALICE], "signed": True}}}
FILE = ".promontory/allowed_signers"


def list_signer(stage: Stage, line: str) -> None:
    place = stage.directory / "by-hand"
    subprocess.run(["git", "clone", "--quiet", str(stage.origin), str(place)], check=True)
    (place / FILE).parent.mkdir()
    (place / FILE).write_text(line)
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@acme.example"]
    for command in (["add", FILE], [*who, "commit", "--quiet", "-m", "List a key"], ["push", "--quiet"]):
        subprocess.run(["git", "-C", str(place), *command], check=True)


def form(api: PrefectApi, run: str, state: Document) -> str:
    """What stands above the form that the run waits for."""
    keys = state["state_details"]["run_input_keyset"]
    return str(api.ask("GET", f"/flow_runs/{run}/input/{keys['description']}"))


@needs_ssh_keygen
def test_only_a_signature_lets_a_deployed_run_go_on(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, alice_key: Key, tmp_path: Path
) -> None:
    stage = make_stage(RULE, top={"signers": {"ssh": FILE}})
    list_signer(stage, f"{ALICE} {alice_key.public}\n")
    serve(stage)
    run, first = suspended(api)
    promotion = stage.entries("staging")[-1].promotion
    command = f"promontory approve {promotion} --sign"
    assert command in form(api, run, first)

    answer(api, run, "approve", ALICE, "looks good")
    again = api.wait_for(run, "Suspended", after=first["id"])["state"]
    assert "only a signature counts" in form(api, run, again)
    unsigned = answered(api, promotion, decision="approve", name=ALICE)
    assert (unsigned["name"], command in unsigned["message"]) == ("NotAllowed", True), unsigned
    statement = stage.run("approve", promotion, "--statement", "--as", ALICE, code=0).stdout
    signed = answered(api, promotion, decision="approve", name=ALICE, signature=alice_key.sign(statement))
    assert signed["name"] == "Completed", signed

    api.wait_for(run, "Completed")
    assert stage.kinds("staging") == ["tested", "planned", "requested", "approved", "pushed", "verdict"]
    assert stage.run("audit", "verify", code=0)
