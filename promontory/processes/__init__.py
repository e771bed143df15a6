"""Programs that a team names in promontory.yaml: how they are started, what they see, and how they ended."""
