"""Audit sentences of the sync app."""

from audit.actions import register, spell
from sync.words import TRIGGERS

register(
    {
        "member.mails_chosen": "{target} chose which mails to get",
        "integration.created": "{target} was created",
        "integration.changed": "{target} was changed",
        "integration.change_asked": "{target}: {what} was asked for; a second person must agree",
        "integration.deleted": "{target} was deleted",
        "flow.changed": "The flow {target} was changed",
        "run.queued": "A run of {flow} was asked for ({trigger})",
        "run.started": "The run of {flow} started",
        "run.finished": "The run of {flow} ended: {state}",
        "run.stop_asked": "The run of {flow} was asked to stop",
        "run.stopped": "The run of {flow} was stopped",
        "run.warned": "The source behaved unexpectedly: {warnings}",
        "integration.setup_learned": "{target}: the {what} is {value}, known from {evidence}",
        "integration.local_currency_corrected": "{target}: the local currency is {now}; it was"
        " taken to be {was}, and documents in {was} were written without a currency code",
        "reference.read": "{items} {items:row/rows} of the ledger's reference data"
        " {items:was/were} read",
        "supplier.new_vendor_chosen": "{target}: none of the vendors {vendors}, a new one instead",
        "supplier.value_chosen": "{target}: the value of {field} at the {side} holds: {value}",
        "supplier.changed_in_ledger": "{vendors} {vendors:vendor was/vendors were} changed in the"
        " ledger",
        "document.received": "{target} was received from the source (version {version})",
        "document.changed": "{target} changed at the source (version {version})",
        "document.decided": "{target} was decided: {words}",
        "document.receipt_overdue": "{target} has waited for its receipt for {days}"
        " {days:day/days}, and the policy allows {limit}",
        "document.replayed": "A replay of {target} was asked for ({mode}, {mapping} mapping)",
        "document.withdrawal_asked": "{target} was asked to be withdrawn from the ledger",
        "documents.released": "{documents} {documents:document goes/documents go} on,"
        " {documents:its/their} cause is gone",
        "orders.followed": "the open quantity of {documents} {documents:order/orders} follows"
        " {documents:its/their} invoices",
        "write.sending": "Sending {step} (attempt {attempt})",
        "write.confirmed": "The ledger confirmed {step}[: its number is {number}]",
        "write.taken_by_source": "The source took {step}",
        "write.adopted": "Found in the ledger and adopted: {step}[, its number is {number}]",
        "write.refused": "The ledger refused {step}: {words}",
        "write.held_back": "Not sent: {step}, since the ledger refused {subject} meanwhile",
        "write.not_posted": "{key} was not posted: the ledger computes {ledger_total}, not {total}",
        "write.unknown": "No trustworthy answer to {step}; it is looked up in the ledger",
        "write.withdrawn": "Taken back from the ledger: {step} (number {number})",
        "write.postponed": "Not applied, and tried again later: {step}",
        "write.conflict": "The ledger holds something else in place of {step} ({found} found)",
        "write.rebased": "{kind} {key} was changed by somebody else; our change is made once more",
        "write.settled_unapplied": "Looked up and not there: {step} may be sent again",
        "refusal.remembered": "Remembered: {cause} ({words})",
        "refusal.tried": "One document tries again: {cause}",
        "refusal.ended": "No longer held back: {cause} (ended by {by})",
        "mapping.imported": "Mappings of {kind}: {created} new, {updated} changed",
        "mapping.deleted": "The mapping of {kind} {source_code} was removed",
        "mapping.drifted": "{entries} {entries:mapping/mappings} changed {entries:its/their} state"
        " with the ledger's data",
        "review.opened": "Review needed: {cause}",
        "review.resolved": "Review closed: {cause} ({action})",
        "review.retried": "{documents} {documents:document/documents} of {cause}"
        " {documents:is/are} tried again",
        "review.order_given": "The order {order} was named for {documents}"
        " {documents:document/documents} of {cause}",
        "review.accept_asked": "Accepting {cause} was asked for; a second person must agree",
        "review.accepted": "{cause} was accepted for {documents}"
        " {documents:document/documents} with a note",
        "review.rejected": "{documents} {documents:document/documents} of {cause}"
        " {documents:was/were} rejected",
        "review.ignored": "{documents} {documents:document/documents} of {cause}"
        " {documents:is/are} ignored",
        "review.changed": "The review of {target} was changed",
        "document.payment": "{target}: the ledger says that its payment is {payment}",
        "document.accepted": "{target}: {code} was accepted",
        "document.rejected": "{target} was rejected",
        "document.ignored": "{target} is ignored",
        "ledger_check.asked": "Reconciling {target} with the ledger was asked for",
        "ledger_check.finished": "{documents} {documents:document/documents} of {target}"
        " {documents:was/were} compared with the ledger: {open} {open:finding is/findings are}"
        " open, {closed} {closed:is/are} gone",
        "finding.opened": "{target} differs in the ledger ({effect} {number}): {kind}",
        "finding.closed": "{target} does not differ any more ({effect} {number}): {kind}",
        "document.masked_again": "{versions} {versions:version/versions} of {target}"
        " {versions:was/were} masked by today's profile",
        "personal_data.erasure_asked": "{target}: the personal data of a {whose} is to be erased",
        "personal_data.erased": "{target}: personal data was erased ({counts}; kept as accounting"
        " evidence: {kept})",
        "webhook.check_asked": "The subscription of {target} was asked to be looked at",
        "webhook.enabled": "Notifications for {target} were switched on",
        "webhook.disabled": "Notifications for {target} were switched off",
    }
)

_ENDS = {
    "succeeded": "all is done",
    "partial": "some documents need review",
    "failed": "it failed",
    "stopped": "it was stopped",
}
spell("run.finished", "state", _ENDS)
spell("run.queued", "trigger", TRIGGERS)
for _name in ("queued", "started", "finished", "stop_asked", "stopped"):
    spell(f"run.{_name}", "flow", {"reference": "ledger codes"})
