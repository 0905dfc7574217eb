"""Rows of the sync app, one module per idea."""

from sync.models.day import ChangedDay, DaySum
from sync.models.document import (
    BILLS,
    INVOICE_KINDS,
    LEFT_OUT,
    MAIN_KINDS,
    UNFINISHED,
    Allocation,
    Document,
    DocumentState,
    Link,
    Override,
    Version,
    Wait,
)
from sync.models.erasure import Erasure, ErasureState
from sync.models.finding import LedgerFinding
from sync.models.flow import Elsewhere, Epoch, Flow, FlowName, PendingFetch, Ticket
from sync.models.integration import Integration, LedgerItem
from sync.models.mail import MailChoice, MailKind, MailTold, OutgoingMail
from sync.models.mapping import MappingEntry
from sync.models.refusal import Refusal
from sync.models.review import ReviewItem, ReviewState
from sync.models.run import Outcome, Run, RunMode, RunState, Trigger
from sync.models.webhook import WATCHED, Notice, Subscription, SubscriptionState
from sync.models.write import OPEN_STATES, Write, WriteState

__all__ = [
    "BILLS",
    "INVOICE_KINDS",
    "LEFT_OUT",
    "MAIN_KINDS",
    "OPEN_STATES",
    "UNFINISHED",
    "WATCHED",
    "Allocation",
    "ChangedDay",
    "DaySum",
    "Document",
    "DocumentState",
    "Elsewhere",
    "Epoch",
    "Erasure",
    "ErasureState",
    "Flow",
    "FlowName",
    "Integration",
    "LedgerFinding",
    "LedgerItem",
    "Link",
    "MailChoice",
    "MailKind",
    "MailTold",
    "MappingEntry",
    "Notice",
    "Outcome",
    "OutgoingMail",
    "Override",
    "PendingFetch",
    "Refusal",
    "ReviewItem",
    "ReviewState",
    "Run",
    "RunMode",
    "RunState",
    "Subscription",
    "SubscriptionState",
    "Ticket",
    "Trigger",
    "Version",
    "Wait",
    "Write",
    "WriteState",
]
