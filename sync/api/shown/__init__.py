"""Rows as the API shows them: plain values, no queries."""
