"""A server that behaves as Business Central API v2.0 and NAV page web services."""
