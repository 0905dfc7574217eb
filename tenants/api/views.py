"""Sign-up, who one is, keys, members."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.access import api_token, invitation, membership
from tenants.api import serializers as shapes
from tenants.limits import WAIT_SECONDS, signup_may_go_on
from tenants.models import ApiToken, Invitation, Membership
from tenants.rest import OpenView, TenantView, etag_of, page_of_rows
from tenants.services import (
    api_key_create,
    api_key_revoke,
    invitation_role_change,
    invitation_withdraw,
    member_invite,
    member_remove,
    member_role_change,
    signup,
)


class SignUp(OpenView):
    @extend_schema(
        operation_id="signup",
        request=shapes.SignUpBody,
        responses={201: shapes.SignedUpShape, 202: shapes.CheckEmailShape},
    )
    def post(self, request: Request) -> Response:
        """Sign a customer up. With mail verification on the mailed link finishes it."""
        given = self.body(shapes.SignUpBody)
        if not signup_may_go_on(request, given["email"]):
            raise Throttled(wait=WAIT_SECONDS)
        done = signup(given["organization"], given["email"], given["password"], given["time_zone"])
        if done is None:
            return Response({"status": "check_email"}, 202)
        return Response(shapes.SignedUpShape(done).data, 201)


class Me(TenantView):
    @extend_schema(operation_id="me", responses=shapes.MeShape)
    def get(self, request: Request) -> Response:
        """Who the request comes from, in which tenant, with which role."""
        return self.shown(shapes.MeShape(request.member))


class ApiKeys(TenantView):
    shown_once = ("key",)

    @extend_schema(operation_id="api_keys_list", responses=shapes.ApiKeyShape(many=True))
    def get(self, request: Request) -> Response:
        """The keys of the tenant, newest first; never the keys themselves."""
        return self.page(ApiToken.objects, lambda rows: shapes.ApiKeyShape(rows, many=True).data)

    @extend_schema(
        operation_id="api_keys_create",
        request=shapes.ApiKeyBody,
        responses={201: shapes.NewApiKeyShape},
    )
    def post(self, request: Request) -> Response:
        """Make a key; it is shown in this answer and never again."""
        given = self.body(shapes.ApiKeyBody)
        token, key = api_key_create(
            given["name"],
            given["role"],
            expires_at=given.get("expires_at"),
            created_by=request.member.user,
        )
        return self.shown({**shapes.ApiKeyShape(token).data, "key": key}, status=201)


class ApiKey(TenantView):
    @extend_schema(operation_id="api_keys_revoke", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Revoke a key at once."""
        api_key_revoke(api_token(id))
        return Response(status=204)


class Members(TenantView):
    @extend_schema(operation_id="members_list", responses=shapes.MemberShape(many=True))
    def get(self, request: Request) -> Response:
        """Members, and invitations that are not taken yet, oldest first."""
        rows = [*Membership.objects.select_related("user"), *Invitation.objects.all()]
        rows.sort(key=lambda row: str(row.pk))
        page, links = page_of_rows(request, rows, lambda row: str(row.pk))
        shown = shapes.MemberShape(map(shapes.member_row, page), many=True)
        return self.shown({"results": shown.data, **links})

    @extend_schema(
        operation_id="members_invite",
        request=shapes.InviteBody,
        responses={201: shapes.MemberShape},
    )
    def post(self, request: Request) -> Response:
        """Invite somebody by mail; asked again, the newest link alone holds."""
        given = self.body(shapes.InviteBody)
        row = member_invite(given["email"], given["role"], invited_by=request.member.user)
        return self.shown(shapes.MemberShape(shapes.member_row(row)), status=201)


class Member(TenantView):
    @extend_schema(
        operation_id="members_change", request=shapes.MemberBody, responses=shapes.MemberShape
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Give a member another role, or offer it in an invitation that is not taken yet; the last
        administrator stays one."""
        row = _somebody(id)
        self.require_match(_etag(row))
        role = self.body(shapes.MemberBody)["role"]
        is_member = isinstance(row, Membership)
        row = member_role_change(row, role) if is_member else invitation_role_change(row, role)
        return self.shown(shapes.MemberShape(shapes.member_row(row)), etag=_etag(row))

    @extend_schema(operation_id="members_remove", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Remove a member, or withdraw an invitation."""
        row = _somebody(id)
        if isinstance(row, Membership):
            member_remove(row)
        else:
            invitation_withdraw(row)
        return Response(status=204)


def _somebody(id: UUID) -> Membership | Invitation:
    """Return who is a member or invited under this id, or raise Http404."""
    try:
        return membership(id)
    except Http404:
        return invitation(id)


def _etag(row: Membership | Invitation) -> str:
    return etag_of(row.pk, row.role)
