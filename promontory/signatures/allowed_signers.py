"""ssh-keygen's file of signers, read to say what is wrong with it, and why a key in it does not count.

Whether a signature counts is ssh-keygen's word alone. The format is that of ssh-keygen(1), ALLOWED SIGNERS.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from promontory.signatures.armor import fingerprint

MOST_BYTES = 1024 * 1024
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>[^"]*)")?')
_TIME_FORMS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_KEY_TYPE = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+")


@dataclass(frozen=True)
class Signer:
    """One line. ``patterns`` are whose key it is; times are None where there is no limit, an ``authority`` signs
    certificates.
    """

    line: int
    patterns: tuple[str, ...]
    key: bytes
    authority: bool = False
    namespaces: tuple[str, ...] = ()
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def is_for(self, name: str) -> bool:
        return _matches(self.patterns, name)

    def allows(self, namespace: str) -> bool:
        return not self.namespaces or _matches(self.namespaces, namespace)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key)


@dataclass(frozen=True)
class Unreadable:
    """A line that ssh-keygen passes over."""

    line: int
    message: str


def read_signers(content: bytes) -> tuple[tuple[Signer, ...], tuple[Unreadable, ...]]:
    """The signers, and the lines that are none."""
    if len(content) > MOST_BYTES:
        return (), (Unreadable(0, f"larger than {MOST_BYTES // 1024} KiB"),)
    read = list(_lines(content))
    return (
        tuple(line for line in read if isinstance(line, Signer)),
        tuple(line for line in read if isinstance(line, Unreadable)),
    )


def _lines(content: bytes) -> Iterator[Signer | Unreadable]:
    for number, raw in enumerate(content.split(b"\n"), 1):
        text = raw.decode(errors="replace").strip()
        if text and not text.startswith("#"):
            try:
                yield _signer(number, text)
            except ValueError as error:
                yield Unreadable(number, str(error))


def _signer(number: int, text: str) -> Signer:
    principals, rest = _principals(text)
    options: dict[str, str] = {}
    word, _, after = rest.partition(" ")
    if not _KEY_TYPE.fullmatch(word):
        options, rest = _options(rest)
        word, _, after = rest.partition(" ")
    if not _KEY_TYPE.fullmatch(word):
        raise ValueError("there is no key in it: write PRINCIPAL KEY-TYPE KEY, as in a .pub file")
    return Signer(
        number,
        tuple(principals.split(",")),
        _key(word, after),
        "cert-authority" in options,
        tuple(name for name in options.get("namespaces", "").split(",") if name),
        _time(options.get("valid-after")),
        _time(options.get("valid-before")),
    )


def _principals(text: str) -> tuple[str, str]:
    """The first word, or what stands in quotes there; and the rest."""
    if text.startswith('"'):
        principals, quote, rest = text[1:].partition('"')
        if not quote:
            raise ValueError("its quotation mark is not closed")
        return principals, rest.strip()
    principals, _, rest = text.replace("\t", " ").partition(" ")
    return principals, rest.strip()


def _options(rest: str) -> tuple[dict[str, str], str]:
    """``name="value",name …``; names are the same in small and capital letters."""
    options: dict[str, str] = {}
    position = 0
    while found := _OPTION.match(rest, position):
        name = found["name"].lower()
        if name not in ("cert-authority", "namespaces", "valid-after", "valid-before"):
            raise ValueError(f"unknown option {name!r}")
        options[name] = found["value"] or ""
        position = found.end()
        if rest[position : position + 1] != ",":
            break
        position += 1
    return options, rest[position:].strip()


def _key(kind: str, text: str) -> bytes:
    try:
        key = b64decode(text.split(maxsplit=1)[0] if text.split() else "", validate=True)
    except Error:
        key = b""
    size = int.from_bytes(key[:4], "big")
    if not key or key[4 : 4 + size] != kind.encode():
        raise ValueError(f"its key is damaged, or not of the type {kind}")
    return key


def _time(text: str | None) -> datetime | None:
    """Times without a zone are UTC here, so that they are the same on every machine."""
    if text is None:
        return None
    digits = text.removesuffix("Z").removesuffix("z")
    try:
        return datetime.strptime(digits, _TIME_FORMS[len(digits)]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        raise ValueError(f"{text!r} is no time: write YYYYMMDD or YYYYMMDDHHMM[SS]") from None


def _matches(patterns: Sequence[str], name: str) -> bool:
    """OpenSSH's pattern lists: ``*`` and ``?``; one that begins with ``!`` takes back what others allow."""
    if any(pattern.startswith("!") and _is_like(name, pattern[1:]) for pattern in patterns):
        return False
    return any(_is_like(name, pattern) for pattern in patterns if not pattern.startswith("!"))


def _is_like(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))
