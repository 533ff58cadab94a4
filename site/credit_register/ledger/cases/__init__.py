"""The cases of the ledger: screening, opening, pruning, reassigning, exit and relapse."""
