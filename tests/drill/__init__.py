"""The drill: a whole installation is killed at every point, and a stranger counts the ledger.

Run by `make drill`: KILLS at each point (20), SEED for their order, CONTROLS=1 to see it turn red.
"""
