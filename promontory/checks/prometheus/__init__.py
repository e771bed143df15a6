"""What Prometheus measures holds a condition, also in comparison with the time before."""
