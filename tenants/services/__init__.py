"""Use cases: signing up, members, keys. Each runs inside the tenant's scope unless it says so."""

from tenants.services.api_keys import api_key_create, api_key_revoke
from tenants.services.emptying import tenant_empty, tenants_to_empty
from tenants.services.members import (
    invitation_role_change,
    invitation_withdraw,
    member_invite,
    member_join,
    member_remove,
    member_role_change,
)
from tenants.services.signup import SignedUp, signup, signup_finish
from tenants.services.support import support_admit, visit_for
from tenants.services.tenants import tenant_activate, tenant_change, tenant_close

__all__ = [
    "SignedUp",
    "api_key_create",
    "api_key_revoke",
    "invitation_role_change",
    "invitation_withdraw",
    "member_invite",
    "member_join",
    "member_remove",
    "member_role_change",
    "signup",
    "signup_finish",
    "support_admit",
    "tenant_activate",
    "tenant_change",
    "tenant_close",
    "tenant_empty",
    "tenants_to_empty",
    "visit_for",
]
