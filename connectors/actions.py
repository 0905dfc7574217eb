"""What can happen to a connection."""

from audit.actions import register, spell

register(
    {
        "connection.created": "the connection {target} ({kind}) was added",
        "connection.changed": "the settings of {target} were changed",
        "connection.secret_replaced": "the credentials of {target} were replaced",
        "connection.secret_ends": "the client secret of {target} ends on {until}; days left:"
        " {days}",
        "connection.secret_over": "the client secret of {target} was valid until {until}, which is"
        " over",
        "connection.deleted": "the connection {target} was deleted",
        "connection.pinged": "{target} was checked: {passed} passed, {failed} failed",
        "connection.health_changed": "{target} is now {health} ({code})",
    }
)
spell(
    "connection.health_changed",
    "health",
    {"ok": "working", "attention": "in need of attention", "unknown": "unchecked"},
)
