"""Workloads have rolled the release out: Deployments, StatefulSets, DaemonSets, Jobs."""
