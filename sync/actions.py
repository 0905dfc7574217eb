"""Audit sentences of the sync app."""

from audit.actions import register

register(
    {
        "integration.created": "{target} was created",
        "integration.changed": "{target} was changed",
        "integration.deleted": "{target} was deleted",
        "flow.changed": "The flow {target} was changed",
        "run.queued": "A run of {flow} was asked for ({trigger})",
        "run.started": "The run of {flow} started",
        "run.finished": "The run of {flow} ended: {state}",
        "run.stopped": "The run of {flow} was stopped",
        "run.warned": "The source behaved unexpectedly: {warnings}",
        "reference.read": "{items} rows of the ledger's reference data were read",
        "document.received": "{target} was received from the source (version {version})",
        "document.changed": "{target} changed at the source (version {version})",
        "document.decided": "{target}: {decision}, now {state} ({codes})",
        "document.replayed": "A replay of {target} was asked for",
        "documents.released": "{documents} documents go on, their cause is gone",
        "write.sending": "Sending {operation} of {kind} {key} (attempt {attempt})",
        "write.confirmed": "The ledger confirmed {operation} of {kind} {key} as {number}",
        "write.adopted": "{kind} {key} was found in the ledger as {number} and adopted",
        "write.refused": "The ledger refused {operation} of {kind} {key}: {words}",
        "write.unknown": "No trustworthy answer to {operation} of {kind} {key}; it is looked up",
        "write.postponed": "{operation} of {kind} {key} was not applied and is tried again later",
        "write.conflict": "Something else stands under {kind} {key} in the ledger ({found} found)",
        "write.settled_unapplied": "{kind} {key} was not applied; it may be sent again",
        "mapping.imported": "Mappings of {kind}: {created} new, {updated} changed",
        "mapping.deleted": "The mapping of {kind} {source_code} was removed",
        "mapping.drifted": "{entries} mappings changed their state with the ledger's data",
        "review.opened": "Review needed: {cause}",
        "review.resolved": "Review closed: {cause} ({action})",
        "review.accepted": "{target} was accepted with a note",
        "review.rejected": "{target} was rejected",
        "review.ignored": "{target} is ignored",
        "review.assigned": "{target} was assigned",
        "webhook.enabled": "Notifications for {target} were switched on",
        "webhook.disabled": "Notifications for {target} were switched off",
    }
)
