"""What a cursor of paging carries so that it is good for one list only; imports nothing of DRF,
which reads the paging class while it is still importing itself."""

import hashlib


def mark_of(path: str) -> str:
    """Return the mark of the list at this path; its filters may change, the list may not."""
    return hashlib.sha256(path.encode(errors="surrogatepass")).hexdigest()[:8]
