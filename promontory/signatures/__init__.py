"""Signatures of answers: what is signed, with what, and whether it counts.

It knows files of keys as bytes, not where they come from, and people as names, not what they may do.
"""

from promontory.signatures.armor import Armored, read_armor
from promontory.signatures.making import SigningKey, literal_key, sign
from promontory.signatures.statement import NAMESPACE, Decision, Statement, difference, read_statement
from promontory.signatures.verdict import Claim, Proof, Refusal
from promontory.signatures.verifying import is_signature_of, verify

__all__ = [
    "NAMESPACE",
    "Armored",
    "Claim",
    "Decision",
    "Proof",
    "Refusal",
    "SigningKey",
    "Statement",
    "difference",
    "is_signature_of",
    "literal_key",
    "read_armor",
    "read_statement",
    "sign",
    "verify",
]
