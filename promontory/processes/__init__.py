"""Programs other than git: how they are started, what they see of us, and how they ended."""
