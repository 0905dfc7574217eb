"""Shapes of what the API takes and gives, for its checks and its OpenAPI document."""
