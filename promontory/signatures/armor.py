"""The text form of a signature, looked at before any program sees it: whoever wrote it may mean harm."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from promontory.errors import UsageError

MOST_BYTES = 64 * 1024
_REMEDY = "give the file that ssh-keygen -Y sign, or gpg --armor --detach-sign, has written"
_BASE64 = r"(?:[A-Za-z0-9+/]{1,76}={0,2}\n)+"
_SSH = re.compile(rf"-----BEGIN SSH SIGNATURE-----\n({_BASE64})-----END SSH SIGNATURE-----\n")
_GPG = re.compile(
    r"-----BEGIN PGP SIGNATURE-----\n(?:(?:Version|Comment|Hash|Charset): [ -~]{0,200}\n)*\n"
    rf"({_BASE64})(?:=[A-Za-z0-9+/]{{4}}\n)?-----END PGP SIGNATURE-----\n"
)
_MAGIC = b"SSHSIG"


@dataclass(frozen=True)
class Armored:
    """A signature that is well formed. Of SSH, ``key`` is the public key, or the certificate, that it says made it."""

    format: Literal["ssh", "gpg"]
    text: str
    key: bytes = b""
    namespace: str = ""

    @property
    def key_line(self) -> str:
        """As it stands in an ``allowed_signers`` file."""
        return f"{self.key_type} {b64encode(self.key).decode()}"

    @property
    def key_type(self) -> str:
        return _field(self.key)[0].decode(errors="replace")

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen writes it; of a certificate it is that of the certificate, not of its key."""
        return fingerprint(self.key)


def fingerprint(key: bytes) -> str:
    return "SHA256:" + b64encode(sha256(key).digest()).decode().rstrip("=")


def read_armor(text: str) -> Armored:
    """The one signature that ``text`` is, and nothing else. Raises `UsageError` for what cannot be one."""
    if len(text) > MOST_BYTES:
        raise UsageError(f"the signature is larger than {MOST_BYTES // 1024} KiB", _REMEDY)
    lines = [line.strip() for line in text.strip().splitlines()]
    clean = "".join(f"{line}\n" for line in lines)
    if found := _SSH.fullmatch(clean):
        key, namespace = _ssh_parts(_decoded(found[1]))
        return Armored("ssh", clean, key, namespace)
    if found := _GPG.fullmatch(clean):
        _decoded(found[1])
        return Armored("gpg", clean)
    raise UsageError("this is no signature, neither of SSH nor of GPG", _REMEDY)


def _decoded(lines: str) -> bytes:
    try:
        return b64decode(lines.replace("\n", ""), validate=True)
    except Error:
        raise UsageError("the signature is damaged: it is not base64", _REMEDY) from None


def _ssh_parts(blob: bytes) -> tuple[bytes, str]:
    """Key and namespace, by OpenSSH's PROTOCOL.sshsig."""
    try:
        if blob[:10] != _MAGIC + b"\0\0\0\1":
            raise ValueError("another version")
        key, rest = _field(blob[10:])
        namespace, _ = _field(rest)
        _field(key)
    except ValueError:
        raise UsageError("the signature is damaged: it does not hold what a signature of SSH holds", _REMEDY) from None
    return key, namespace.decode(errors="replace")


def _field(data: bytes) -> tuple[bytes, bytes]:
    """A length in four bytes, and so many bytes; and what comes after them."""
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size or not size:
        raise ValueError("cut off")
    return data[4 : 4 + size], data[4 + size :]
