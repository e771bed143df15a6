"""Manifests from a directory, by kustomize or helm: started here, and nothing of what they print is believed.

It knows neither Git nor releases: it is handed a directory, and gives back files.
"""

from __future__ import annotations

from promontory.rendering.manifests import files_of
from promontory.rendering.program import find_program, run_program

__all__ = ["files_of", "find_program", "run_program"]
