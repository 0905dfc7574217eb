"""What can happen to a tenant, its people and its keys."""

from audit.actions import register

register(
    {
        "tenant.created": "{target} signed up",
        "tenant.changed": "the settings of {target} were changed",
        "tenant.closed": "{target} was closed and its data keys were destroyed",
        "tenant.emptied": "the rows of {target} were deleted: {rows}",
        "member.invited": "{target} was sent for the role {role}",
        "member.invitation_changed": "{target} is for the role {role} now",
        "member.invitation_withdrawn": "{target} was withdrawn",
        "member.joined": "{target} joined with the role {role}",
        "member.role_changed": "{target} became {role}",
        "member.removed": "{target} was removed",
        "member.sessions_ended": "{target} was logged out everywhere",
        "member.session_ended": "{target} logged out one of their browsers",
        "member.other_sessions_ended": "{target} logged out all of their other browsers",
        "support.admitted": "support may act for {target} again",
        "support.shut_out": "support may no longer act for {target}; open visits ended",
        "support.visit_begun": "support began to act here for {minutes}"
        " {minutes:minute/minutes}: {reason}",
        "support.intervened": "support acted on {target}: {what} ({reason})",
        "api_key.created": "the API key {target} was created with the role {role}",
        "api_key.revoked": "the API key {target} was revoked",
        "data_key.rotated": "data key {version} replaced data key {previous}",
        "data_key.rewrapped": "{keys} {keys:data key was/data keys were} wrapped again",
        "data_key.destroyed": "data key {version} was destroyed, since nothing is sealed with it",
    }
)
