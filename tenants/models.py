"""Whose it is: customers, the people who work for them, and their keys.

Three tables stand outside of row-level security, since they are read before a tenant is known and
hold nothing of a customer's business: `Tenant` (name, zone, status), `User` (a person may work for
several customers) and `SignUp` (nobody's tenant yet). Memberships, keys and invitations are behind
the wall, with a door that opens only to the user or to the bearer: see `scoping.presenting`.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tenants.fields import WrappedKeyField
from tenants.ids import new_id
from tenants.scoping import TenantOwned


class Role(models.TextChoices):
    """What a member or a key may do; each role may do what the ones before it may."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    ADMIN = "admin", "Administrator"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def covers(self, needed: Role | str) -> bool:
        """Say whether this role may do what `needed` may."""
        return self.rank >= Role(needed).rank


class UserManager(BaseUserManager):
    """Makes users by mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=email_key(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=email_key(username or ""))


def email_key(email: str) -> str:
    """Return the one spelling of a mail address: trimmed, lower case."""
    return email.strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by a mail address; works for a tenant through a Membership."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May enter the admin.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    session_generation = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email"),
            models.UniqueConstraint(fields=["email"], name="user_email_exact"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def audit_label(self) -> str:
        return f"user {str(self.pk)[-8:]}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Tie sessions to the password, as Django does, and to the generation of sessions."""
        digest = super()._get_session_auth_hash(secret=secret)
        if not self.session_generation:
            return digest
        salt = "tenants.models.User.session_generation"
        value = f"{digest}.{self.session_generation}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


class BrowserSession(models.Model):
    """A browser in which a person is logged in: shown to that person alone, and ended by them.

    The session itself is found by digests: whoever reads these rows opens nothing with them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key_digest = models.BinaryField(unique=True)  # of the session's key
    proof_digest = models.BinaryField()  # of what the session must carry to be valid
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=300)  # as it names itself
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.browser


class TenantStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    CLOSED = "closed", "Closed"


class Tenant(models.Model):
    """A customer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=16, default="en")
    status = models.CharField(
        max_length=16, choices=TenantStatus.choices, default=TenantStatus.ACTIVE
    )
    support_may_act = models.BooleanField(default=True)  # reading is not asked for
    support_until = models.DateTimeField(null=True, editable=False)  # end of the last visit
    # Somebody's personal data is to go: what the scheduler looks for.
    erasing = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    emptied = models.JSONField(default=dict, db_default={}, editable=False)  # rows deleted, by kind
    emptied_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=TenantStatus.values), name="tenant_status_known"
            )
        ]
        permissions = [
            ("support_read", "Support: read what belongs to any customer"),
            ("support_act", "Support: act for a customer, with a reason"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == TenantStatus.ACTIVE

    @property
    def is_support_here(self) -> bool:
        """Say whether somebody of support may be acting for this customer right now."""
        return self.support_until is not None and timezone.now() < self.support_until


class Membership(TenantOwned):
    """A person's role in a tenant."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def audit_label(self) -> str:
        return f"member {str(self.user_id)[-8:]}"


class Invitation(TenantOwned):
    """A role offered by mail; the link carries the token, the row only its digest."""

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "email"], name="invitation_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"

    @property
    def audit_label(self) -> str:
        return f"invitation {str(self.pk)[-8:]}"

    def is_open(self, now: datetime) -> bool:
        return now < self.expires_at


class SupportVisit(TenantOwned):
    """A time in which somebody of the staff acts for this customer, begun with a reason."""

    staff = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    staff_email = models.EmailField(max_length=254)
    reason = models.CharField(max_length=300)
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # before its time

    class Meta:
        indexes = [models.Index(fields=["tenant", "-begun_at"], name="support_visit_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begun_at")), name="support_visit_ends"
            )
        ]

    def __str__(self) -> str:
        return self.staff_email

    @property
    def audit_label(self) -> str:
        return f"visit {str(self.pk)[-8:]}"

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.ends_at


class ApiToken(TenantOwned):
    """A key of the API; only its digest is kept, and its last four characters to tell it by."""

    name = models.CharField(max_length=80)
    role = models.CharField(max_length=16, choices=Role.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=4)
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="api_token_role_known"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="api_token_listing")]

    def __str__(self) -> str:
        return self.name

    def is_valid(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


class TenantKey(TenantOwned):
    """One version of a tenant's data key, wrapped; destroying all of them shreds the secrets."""

    version = models.PositiveIntegerField()
    wrapped = WrappedKeyField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version"], name="tenant_key_version"),
            models.CheckConstraint(
                condition=models.Q(version__gt=0), name="tenant_key_version_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"data key {self.version}"


class StoredAnswer(TenantOwned):
    """The first answer to a POST with an Idempotency-Key; kept a day, without shown-once secrets.

    `status` stays empty while the first request is still at work.
    """

    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.JSONField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "owner", "key"], name="stored_answer_once"),
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="stored_answer_age")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


class SignUp(models.Model):
    """A sign-up that waits for its mailed link; nothing else exists of it until then."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    email = models.EmailField(max_length=254)
    organization = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64)
    password = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"sign-up {str(self.pk)[-8:]}"
