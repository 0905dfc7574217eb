"""Every request of ours against the NAV contract to the letter: an eye of its own, which shares
facts about entities with the sandbox and none of its code. A server that we do not have may refuse
what ours lets pass."""

from tests.connectors.nav.strict.server import StrictNav

__all__ = ["StrictNav"]
