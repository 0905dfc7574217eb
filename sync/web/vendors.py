"""Vendors of the ledger that no supplier is bound to: found, and linked by a click."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from connectors.documents import ReferenceKind
from sync.models import Integration
from sync.selectors.vendors import reference, suppliers_without_vendor
from sync.services.supplier_links import supplier_link
from sync.web.choice import choice_of
from sync.web.forms import VendorFilter
from tenants.access import find
from tenants.pages import Action, Page, cut_of


class Vendors(Page):
    """By number; each with the field that names its supplier."""

    template = "sync/vendors.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        choice = choice_of(request)
        if choice.chosen is None:
            return self.show({"choice": choice})
        form = VendorFilter(request.GET)
        search = form.wanted().get("search", "")
        rows = reference(choice.chosen, ReferenceKind.SUPPLIERS, search=search, bound=False)
        return self.show(
            {
                "choice": choice,
                "filter": form,
                "is_filtered": bool(search),
                "leaf": cut_of(request, rows, "code", "pk"),
                "suppliers": suppliers_without_vendor(choice.chosen),
                "read_at": choice.chosen.reference_at,
            }
        )


class LinkVendor(Action):
    """Bind a supplier to a vendor."""

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        integration = find(Integration.objects.select_related("source"), kwargs["id"])
        vendor = request.POST.get("vendor", "").strip()
        found = supplier_link(integration, supplier=request.POST.get("supplier", ""), vendor=vendor)
        return f"{found.supplier_name or found.source_id} is vendor {vendor} from now on."

    def home(self, **kwargs: Any) -> str:
        return f"{reverse('vendors')}?integration={kwargs['id']}"
