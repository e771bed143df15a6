"""The way of one promotion: survey, plan, test, approve, deliver, verify, revert. It puts the families together."""
