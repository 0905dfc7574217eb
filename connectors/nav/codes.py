"""What NAV's own error codes and ours about it mean to people; added to the catalogue."""

from __future__ import annotations

from connectors.catalogue import AGAIN, PARKED, STOPPED, Explanation, add

_LOOKED_UP = "We look the document up before anything else is sent."


def _refused(cause: str, fix: str) -> Explanation:
    return Explanation(cause, "finance", PARKED, fix)


_NOT_THERE = Explanation(
    "The instance does not publish what was asked for: the address leads elsewhere, or this version"
    " does not have it.",
    "it",
    STOPPED,
    "Check the connection: it says what is missing, and whether the address is right.",
)

add(
    {
        "company_not_found": Explanation(
            "The company of the integration is not in NAV any more, or not for this user.",
            "admin",
            STOPPED,
            "Give the user access to the company, or choose another one.",
        ),
        "method_not_allowed": Explanation(
            "NAV does not take such a request: its API services are switched off, or the set is for"
            " reading only.",
            "it",
            STOPPED,
            "Enable the API services of the instance and Integrate APIs in API Setup.",
        ),
        "action_missing": Explanation(
            "This version of NAV does not offer the action, e.g. posting.",
            "it",
            STOPPED,
            "Switch posting off in the policy, or update NAV.",
        ),
        "BadRequest_NotFound": _NOT_THERE,
        "BadRequest_ResourceNotFound": _NOT_THERE,
        "page_missing": Explanation(
            "The instance does not publish a page that is needed as a web service.",
            "it",
            STOPPED,
            "Publish the page in NAV (page Web Services), or enter its service name in the"
            " connection.",
        ),
        "local_currency_missing": Explanation(
            "The company has no local currency code.",
            "finance",
            STOPPED,
            "Enter the LCY Code in General Ledger Setup.",
        ),
        "setup_missing": Explanation(
            "The company's General Ledger Setup is empty.",
            "finance",
            STOPPED,
            "Finish the set-up of the company in NAV.",
        ),
        "journal_batch_balancing": Explanation(
            "The journal batch has a balancing account, which would balance each line again.",
            "finance",
            STOPPED,
            "Clear the balancing account of the batch, or name another batch in the policy.",
        ),
        "journal_batch_pending": Explanation(
            "Whether the journal batch was created is not known yet.", "nobody", AGAIN, ""
        ),
        "journal_batch_gone": Explanation(
            "The journal batch was deleted meanwhile; it is made again.", "nobody", AGAIN, ""
        ),
        "page_expired": Explanation(
            "NAV forgot where we were in a long list; it is read anew.", "nobody", AGAIN, ""
        ),
        "mapping_invalid": _refused(
            "A code of the mapping does not exist in NAV.", "Correct the mapping."
        ),
        "changed_in_ledger": _refused(
            "Somebody changed the document in NAV between two steps.",
            "Look at the document in NAV; finish or delete it, then try again.",
        ),
        "id_missing": _refused(
            "An earlier step of the document did not tell its id.", "Ask support."
        ),
        "Application_DialogException": _refused(
            "NAV's own rules refuse the document; its words say why.",
            "Put right what NAV names, then try again.",
        ),
        "Application_FieldValidationException": _refused(
            "A setup or master record in NAV is incomplete; its words name it.",
            "Complete the record in NAV, then try again.",
        ),
        "Application_StringExceededLength": _refused(
            "A text is longer than its field in NAV.", "Shorten it at the source."
        ),
        "Internal_InvalidTableRelation": _refused(
            "A code of the document does not exist in NAV.", "Correct the mapping, then try again."
        ),
        "Internal_RecordNotFound": _refused(
            "A setup record that NAV needs is missing; its words name it.",
            "Add the record in NAV, then try again.",
        ),
        "Internal_EntityWithSameKeyExists": Explanation(
            "A record with this key is in NAV already.", "nobody", _LOOKED_UP, ""
        ),
        "Request_EntityChanged": Explanation(
            "Somebody changed the record in NAV meanwhile.", "nobody", _LOOKED_UP, ""
        ),
    }
)
