"""The drill: a whole installation is killed at every point, and a stranger counts the ledger.

Run by `make drill`; see docs/operations for what its lines mean.
"""
