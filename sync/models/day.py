"""What the documents of each day come to, counted once; and the days to be counted again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sync.models.document import Document, DocumentState
from sync.models.integration import Integration
from tenants.scoping import TenantOwned


class DaySum(TenantOwned):
    """How many documents of one day, kind, currency and state there are, in the ledger or not.

    It is right for every day that no ChangedDay names: `sync.selectors.days` reads both together.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    resource = models.CharField(max_length=20)
    currency = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=20, choices=DocumentState)
    in_ledger = models.BooleanField()
    documents = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=38, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "day", "resource", "currency", "state", "in_ledger"],
                name="day_sum_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.resource} {self.currency} {self.state}: {self.documents}"


class ChangedDay(TenantOwned):
    """A day whose sums are to be made again: the day itself, or that of a document, whichever that
    is now. Triggers on documents, links and findings insert it beside the change.

    Any number of rows may name one day, so that nobody who writes waits for somebody else. The
    triggers write while an integration is deleted too: no constraint holds what they name.
    """

    is_note: ClassVar[bool] = True

    integration = models.ForeignKey(
        Integration, models.CASCADE, related_name="+", db_constraint=False
    )
    day = models.DateField(null=True, blank=True)
    document = models.ForeignKey(
        Document,
        models.DO_NOTHING,
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )

    def __str__(self) -> str:
        return str(self.day or self.document_id)
