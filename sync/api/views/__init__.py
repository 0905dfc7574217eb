"""Views of integrations, runs, documents, reviews and mappings."""
