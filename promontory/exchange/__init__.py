"""Asking servers over HTTP, for checks and suites: TLS, one bounded exchange, and what its answer holds."""
