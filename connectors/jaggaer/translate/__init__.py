"""Records of one customer's JAGGAER in our words: pure functions of profile and payload."""

from connectors.jaggaer.translate.invoices import invoice
from connectors.jaggaer.translate.orders import purchase_order
from connectors.jaggaer.translate.reading import Reading, record_version, understand_with
from connectors.jaggaer.translate.suppliers import supplier

MAKERS = {"suppliers": supplier, "purchase_orders": purchase_order, "invoices": invoice}

__all__ = ["MAKERS", "Reading", "record_version", "understand_with"]
