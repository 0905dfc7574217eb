"""Microsoft Dynamics NAV / Business Central as a ledger."""
