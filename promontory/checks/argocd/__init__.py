"""Argo CD has our commit synced and healthy: one Application, or all that a selector is true of."""
