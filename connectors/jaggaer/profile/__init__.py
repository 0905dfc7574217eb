"""Profiles: what differs from one JAGGAER customer to the next, as checked data."""

from connectors.jaggaer.profile.model import FLOWS, Envelope, Profile, Resource, compile_profile
from connectors.jaggaer.profile.validate import validate

__all__ = ["FLOWS", "Envelope", "Profile", "Resource", "compile_profile", "validate"]
