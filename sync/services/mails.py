"""Which mails a member gets."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from audit import record
from sync.mails.planning import DEFAULT_ROLES
from sync.models import MailChoice, MailKind
from tenants.models import Membership


def mail_choices(member: Membership) -> dict[str, bool]:
    """Return for every kind whether the member gets it."""
    chosen = MailChoice.objects.filter(user=member.user_id).values_list("kind", "wanted")
    return dict.fromkeys(MailKind.values, member.role in DEFAULT_ROLES) | dict(chosen)


def mail_choose(user_id: UUID, wanted: Mapping[str, bool]) -> None:
    """Keep what a member wants; kinds that are not named stay as they are.

    Raises Membership.DoesNotExist for somebody who is no member any more.
    """
    member = Membership.objects.get(user=user_id)
    before = mail_choices(member)
    changed = {kind: on for kind, on in wanted.items() if before[MailKind(kind)] != on}
    MailChoice.objects.bulk_create(
        [MailChoice(user_id=user_id, kind=kind, wanted=on) for kind, on in changed.items()],
        update_conflicts=True,
        unique_fields=["tenant", "user", "kind"],
        update_fields=["wanted"],
    )
    if changed:
        changes = {kind: [before[kind], on] for kind, on in changed.items()}
        record("member.mails_chosen", target=member, changes=changes)
