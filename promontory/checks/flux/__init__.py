"""Flux has applied our commit: Kustomizations, and HelmReleases."""
