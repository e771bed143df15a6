"""What is promised about speed, measured: every module prints a table and says which promise holds."""
