"""The doctor: read-only checks of a connection, one line each (JAGGAER contract 11.5).

The checks build on each other. Where one fails that the others need, those are reported as unproven
instead of failing once more with the same cause.
"""

from connectors.jaggaer.check.examination import Examination

__all__ = ["Examination"]
