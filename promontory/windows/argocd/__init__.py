"""What Argo CD makes of the sync windows of an AppProject, foretold by its own rules, oddities included.

They are those of `pkg/apis/application/v1alpha1/types.go` of Argo CD 3.5, of its cron (robfig/cron v3), its durations
(Go's `time.ParseDuration`) and its globs (gobwas/glob).
"""

from promontory.windows.argocd.governed import Governed
from promontory.windows.argocd.predicting import Prediction, predict
from promontory.windows.argocd.sync_window import Destination, SyncWindow, read_sync_windows

__all__ = ["Destination", "Governed", "Prediction", "SyncWindow", "predict", "read_sync_windows"]
