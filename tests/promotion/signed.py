"""A world where production wants signatures, and its people have keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promontory.change import FileEdit, FileEdits
from promontory.entry import Entry, Signature
from promontory.model import Plan
from promontory.promotion.approving import answer, request_approval
from promontory.promotion.delivery import plan_hop
from promontory.promotion.requests import find_request
from promontory.promotion.signing import Signed, statement_of
from promontory.promotion.values import Hop
from promontory.repository import RefUpdate
from promontory.signatures import Decision
from tests.promotion.world import Hops, World
from tests.signatures.keys import Key

FILE = ".promontory/allowed_signers"
PIPELINE = """\
signers: {{ssh: {file}{more}}}
environments:
  production:
    approval: {{required: {required}, approvers: [alice@acme.example, bob@acme.example], signed: true, expires: 24h}}
    verify: [{{kind: fake}}]
"""


def pipeline(required: int = 1, more: str = "") -> str:
    return PIPELINE.format(file=FILE, required=required, more=more)


@dataclass
class SignedWorld:
    """``keys`` sign by the name of whose they are, whatever the file of signers lists."""

    world: World
    keys: Mapping[str, Key]

    def list_signers(self, *lines: str) -> None:
        """Push the file of signers to the protected branch."""
        self.write(FILE, "".join(f"{line}\n" for line in lines).encode())

    def listed(self, *people: str, options: str = "") -> None:
        self.list_signers(*(f"{who} {options} {self.keys[who].public}" for who in people))

    def write(self, path: str, content: bytes, branch: str = "main") -> str:
        """Somebody pushes a file; the commit."""
        repository = self.world.workspace().repository
        head = repository.head()
        edit = FileEdit(path, repository.files(head).read(path), content)
        parent = repository.heads().get(branch)
        if parent is None:
            self.world.git("branch", branch, head)
            repository.sync()
        return repository.push([RefUpdate(branch, parent or head, FileEdits((edit,)), "Edit by hand")])[0]

    def remove(self, path: str) -> None:
        """Somebody deletes a file of the protected branch."""
        repository = self.world.workspace().repository
        head = repository.head()
        edit = FileEdit(path, repository.files(head).read(path), None)
        repository.push([RefUpdate("main", head, FileEdits((edit,)), "Remove by hand")])

    def ask(self, hops: Hops, release: str = "v1.1.0") -> tuple[Hop, Plan]:
        hops.workspace.repository.sync()
        hop = hops.hop(release, "production")
        plan, gates = plan_hop(hops.workspace, hop)
        request_approval(hops.workspace, hop, plan, gates, ())
        return hop, plan

    def statement(self, hop: Hop, decision: Decision = "approved") -> str:
        workspace = self.world.workspace()
        return statement_of(workspace, [find_request(workspace, hop.promotion)], decision)

    def say(self, who: str, hop: Hop, key: Key | None = None, text: str | None = None) -> Entry:
        """``who`` approves with their key, or another one, or with a signature that there is already."""
        made = text or (key or self.keys[who]).sign(self.statement(hop))
        workspace = self.world.workspace(who)
        return answer(workspace, hop.promotion, "approved", "", Signed("command line", made))

    def forge(self, hop: Hop, **changed: object) -> None:
        """Somebody who may write to the ledger records an approval: the last one there, with something changed."""
        workspace = self.world.workspace("mallory")
        *_, last = [e for e in workspace.record(hop.place).entries if e.kind == "approved"]
        signature = last.signature
        assert signature
        fields = {name: changed.pop(name) for name in list(changed) if name in Signature.model_fields}
        given = {
            "digest": last.digest,
            "by": last.by,
            "members": last.members,
            "signature": signature.model_copy(update=fields),
            **changed,
        }
        workspace.append([workspace.hop_entry("approved", hop, **given)])
