"""Settings of support: who of the staff acts or acted here, and whether they may."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from tenants.models import Role, SupportVisit
from tenants.pages import Action, Page
from tenants.services import support_admit

_SHOWN = 50


class Support(Page):
    """The visits, newest first."""

    template = "tenants/support.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        now = timezone.now()
        visits = SupportVisit.objects.order_by("-begun_at")[:_SHOWN]
        return self.show({"visits": [(visit, visit.is_open(now)) for visit in visits]})


class Admit(Action):
    """Let support act, or no longer."""

    write_role = Role.ADMIN
    back = "support"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        may_act = request.POST.get("may_act") == "yes"
        support_admit(request.tenant, may_act)
        if may_act:
            return "Support may act for you when you ask for help."
        return "Support can read, but no longer act. Open visits have ended."
