"""JAGGAER (J1P public API) as a source of suppliers, purchase orders and invoices."""
