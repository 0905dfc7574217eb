"""Labelled invoices of a folder, run through matching and booking without any other system.

`rows` makes documents of the folder's rows as a source would give them, `world` holds suppliers,
orders, mappings and policy, `run` goes through the invoices and compares with the labels.
"""
