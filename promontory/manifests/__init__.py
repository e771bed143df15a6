"""Kubernetes objects as they stand in the repository's files, read only. Knows nothing of promotions."""
