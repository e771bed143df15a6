"""Why a release is not there yet, and why the one that is there is: an answer from Git, the ledger and the clusters."""
