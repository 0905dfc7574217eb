"""What the API views of every app share: scope, repeats, changes, lists, CSV."""

from tenants.rest.csvtext import CsvBody, CsvOffered, csv_answer
from tenants.rest.lists import page_of_rows, page_size
from tenants.rest.views import OpenView, OutsideView, Stale, TenantView, etag_of

__all__ = [
    "CsvBody",
    "CsvOffered",
    "OpenView",
    "OutsideView",
    "Stale",
    "TenantView",
    "csv_answer",
    "etag_of",
    "page_of_rows",
    "page_size",
]
