"""Windows: when something may move, on the calendar. Pure, without a clock: whoever asks says when.

`deciding` is about our own windows, `argocd` foretells what Argo CD makes of those of an AppProject.
"""

from promontory.windows.deciding import AHEAD, Decision, Opening, decide, openings
from promontory.windows.window import Window
from promontory.windows.wording import in_time, schedule_in_words, when_in_words, window_in_words

__all__ = [
    "AHEAD",
    "Decision",
    "Opening",
    "Window",
    "decide",
    "in_time",
    "openings",
    "schedule_in_words",
    "when_in_words",
    "window_in_words",
]
