"""Looks for a pattern in contents that are at hand: what `Files.search` means, for edits that are not pushed yet."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

Pattern = re.Pattern[bytes]
Found = Mapping[str, tuple[bytes, ...]]


def fits(path: str, names: Collection[str]) -> bool:
    """Whether the name of a file matches one of the patterns."""
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in names)


def found_over(
    there: Found, written: Mapping[str, bytes | None], directory: str, pattern: Pattern, names: Collection[str]
) -> Found:
    """What was found ``there``, once the contents ``written`` stand in the place of theirs; None: it goes away."""
    prefix = "" if directory.strip("/") in ("", ".") else f"{directory.strip('/')}/"
    new = {
        path: tuple(pattern.findall(content))
        for path, content in written.items()
        if content is not None and path.startswith(prefix) and fits(path, names)
    }
    kept = {path: matches for path, matches in there.items() if path not in written}
    return dict(sorted({**kept, **{path: matches for path, matches in new.items() if matches}}.items()))
