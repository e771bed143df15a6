"""Which repository a directory on this machine is a checkout of."""

from __future__ import annotations

from pathlib import Path

from promontory.repository.command import Command
from promontory.repository.remote import parse_remote


def origin_of(directory: Path) -> tuple[str | None, Path] | None:
    """The address of its ``origin`` (None when it has none) and its top directory; None outside of any checkout.

    The address may hold credentials: give it to `Repository.open`, and show `Repository.url`.
    """
    command = Command(directory.absolute())
    top = command.run("rev-parse", "--show-toplevel")
    if top.status != 0:
        return None
    place = Path(top.stdout.decode(errors="surrogateescape").removesuffix("\n"))
    origin = command.run("config", "--get", "remote.origin.url")
    url = origin.stdout.decode(errors="replace").strip()
    if origin.status != 0 or not url:
        return None, place
    remote = parse_remote(url, place)
    # Git reads a relative path from the top of the checkout; the caller may be anywhere.
    return (remote.url if remote.scheme == "file" else url), place


def configured_person(directory: Path | None = None) -> str | None:
    """``user.name <user.email>`` as Git is configured for the user here; None where it is not."""
    command = Command((directory or Path.cwd()).absolute())
    name, email = (command.run("config", "--get", key) for key in ("user.name", "user.email"))
    if email.status != 0:
        return None
    return f"{name.stdout.decode(errors='replace').strip()} <{email.stdout.decode(errors='replace').strip()}>".strip()


def configured(key: str, *, path: bool = False) -> str | None:
    """What Git is configured to here, e.g. ``user.signingKey``; None for nothing. ``path``: with ``~`` spelled out."""
    options = ("--type=path",) if path else ()
    found = Command(Path.cwd()).run("config", "--get", *options, "--", key)
    return found.stdout.decode(errors="surrogateescape").strip() or None if found.status == 0 else None
