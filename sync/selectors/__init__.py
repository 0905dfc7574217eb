"""Queries for display, of the tenant whose scope is open; each with a fixed number of queries."""
