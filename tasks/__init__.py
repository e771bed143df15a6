"""The steps: thin Prefect tasks. Each makes one call into the core and leaves what a person wants to look at."""
