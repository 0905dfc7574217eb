"""What an error code of another system means: its cause, who can mend it, and how.

Every code that a connector raises or finds has an entry; connectors add those that only they know
with `add`. Owners: `admin` is the customer's administrator, `it` runs the other system, `support`
is us, `nobody` means that it passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    cause: str
    owner: str
    next_step: str  # what we do by ourselves
    fix: str  # what the owner does; empty where nothing is to be done


_STOPPED = "The run ended. Nothing was lost; it goes on once this is put right."
_AGAIN = "We try again by ourselves, at the latest at the next scheduled run."
_FOUND_OUT = "We look the document up before anything else is sent."
_PARKED = "The document waits for review; the others went on."

_ENTRIES: dict[str, Explanation] = {
    # settings and credentials
    "configuration": Explanation(
        "The address, company or rights of the connection do not fit.",
        "admin",
        _STOPPED,
        "Check the connection; each red line names its fix.",
    ),
    "settings_invalid": Explanation(
        "The settings of the connection do not hold.",
        "admin",
        _STOPPED,
        "Open the connection and correct the fields named.",
    ),
    "kind_unknown": Explanation(
        "This installation has no connector of that kind.",
        "support",
        _STOPPED,
        "Ask support to install the connector.",
    ),
    "secret_missing": Explanation(
        "The connection has no credentials.", "admin", _STOPPED, "Enter the credentials."
    ),
    "secret_unreadable": Explanation(
        "The stored credentials can no longer be opened.",
        "admin",
        _STOPPED,
        "Enter the credentials again.",
    ),
    "authentication": Explanation(
        "The other system refused our credentials, also with a fresh token.",
        "admin",
        "The run ended without another try, since that could lock the account.",
        "Enter the credentials again, or ask IT whether the user is still allowed.",
    ),
    "invalid_client": Explanation(
        "The token address does not know this client id, or the secret is wrong or has expired.",
        "admin",
        "The run ended without another try, since that could lock the account.",
        "Make a new client secret at the other system and enter it here.",
    ),
    "token_refused": Explanation(
        "The token address refused the request.",
        "admin",
        _STOPPED,
        "Check client id, client secret and scope.",
    ),
    "token_url": Explanation(
        "The token address does not hand out tokens.",
        "admin",
        _STOPPED,
        "Correct the token address; it usually ends with /token.",
    ),
    "token_missing": Explanation(
        "The answer of the token address holds no token.",
        "admin",
        _STOPPED,
        "Check that the token address is the one for client credentials.",
    ),
    "token_expired": Explanation(
        "The token address hands out tokens that have already expired.",
        "it",
        _STOPPED,
        "Have the clock and the token lifetime of the log-in server checked.",
    ),
    "token_away": Explanation(
        "The token address is out of order.", "nobody", _AGAIN, "If it lasts, tell IT."
    ),
    "scope_missing": Explanation(
        "The log-in server granted fewer rights than we need.",
        "it",
        _STOPPED,
        "Grant the application the rights named and consent to them.",
    ),
    "forbidden": Explanation(
        "The user is known, but may not do this.",
        "it",
        _STOPPED,
        "Give the user the permission set named by the check.",
    ),
    "read_refused": Explanation(
        "The other system refused a read request.",
        "admin",
        _STOPPED,
        "Check the connection; the finding shows the other system's words.",
    ),
    # the way there
    "egress_refused": Explanation(
        "The address leads to a place this installation does not talk to.",
        "admin",
        _STOPPED,
        "Use a public https address, or ask the operator to allow the private one.",
    ),
    "redirect_refused": Explanation(
        "The other system sends us on to another host.",
        "admin",
        _STOPPED,
        "Enter the address that it redirects to, if it is the right one.",
    ),
    "redirected": Explanation(
        "The other system answers a change with a redirect.",
        "admin",
        _STOPPED,
        "Enter the address that it redirects to.",
    ),
    "proxy": Explanation(
        "A proxy on the way asks for a log-in.",
        "it",
        _STOPPED,
        "Let this installation pass without the proxy.",
    ),
    "dns_failure": Explanation(
        "The name of the host has no address.", "admin", _AGAIN, "Check the host's spelling."
    ),
    "tls": Explanation(
        "The certificate of the other system cannot be trusted.",
        "it",
        _STOPPED,
        "Renew the certificate, or name its authority in the settings.",
    ),
    "unreachable": Explanation(
        "Nobody answers at this address.",
        "nobody",
        _AGAIN,
        "If it lasts: is the port right, and is the firewall open for us?",
    ),
    "timeout": Explanation(
        "The other system took longer than we wait.",
        "nobody",
        _AGAIN,
        "If it lasts, have its load checked, or raise the time limit.",
    ),
    # for a while
    "temporary": Explanation("The other system is out of order.", "nobody", _AGAIN, ""),
    "server_error": Explanation(
        "The other system reports an error of its own.", "nobody", _AGAIN, "If it lasts, tell IT."
    ),
    "rate_limited": Explanation(
        "The other system asked us to come more slowly.",
        "nobody",
        "We wait as long as it asked and go on more slowly.",
        "",
    ),
    "lease": Explanation(
        "A worker had too little of its time left to send a change and hear the answer.",
        "nobody",
        _AGAIN,
        "",
    ),
    "own_budget": Explanation(
        "The requests that we allow ourselves per user are used up for the moment.",
        "nobody",
        "The run goes on as soon as there is room.",
        "If it happens often, raise the limits of the connection or use a user of our own.",
    ),
    "retry_budget": Explanation(
        "So many requests to the other system failed that no more of them are repeated for now.",
        "nobody",
        "We go on a few requests at a time until it answers again.",
        "",
    ),
    "circuit_open": Explanation(
        "The other system failed many times in a row.",
        "nobody",
        "We leave it alone for half a minute and try again.",
        "",
    ),
    # answers that nobody expects
    "unexpected_answer": Explanation(
        "The other system answered in a shape that we do not understand.",
        "support",
        "The run ended and the answer was kept.",
        "Ask support; quote the run.",
    ),
    "html_answer": Explanation(
        "The address answers with a web page where data should be.",
        "admin",
        _STOPPED,
        "Check the base address: it must be that of the API, not of the pages.",
    ),
    "not_json": Explanation(
        "The answer is not JSON.", "admin", _STOPPED, "Check that the base address is the API's."
    ),
    "json_invalid": Explanation(
        "The answer is damaged JSON.", "support", _STOPPED, "Ask support; quote the run."
    ),
    "not_an_object": Explanation(
        "The answer has another shape than documented.", "support", _STOPPED, "Ask support."
    ),
    "not_a_list": Explanation(
        "The answer has another shape than documented.", "support", _STOPPED, "Ask support."
    ),
    "truncated_answer": Explanation(
        "The answer ended before it was complete.", "nobody", _AGAIN, "If it lasts, tell IT."
    ),
    "answer_too_large": Explanation(
        "The answer is larger than we accept.", "support", _STOPPED, "Ask support."
    ),
    "paging_loop": Explanation(
        "The pages of a list lead back to a page already read.",
        "support",
        _STOPPED,
        "Ask support; quote the run.",
    ),
    # one document
    "outcome_unknown": Explanation(
        "A change was sent, and its answer was lost or unclear.", "finance", _FOUND_OUT, ""
    ),
    "ledger_refused": Explanation(
        "The ledger refused this document.",
        "finance",
        _PARKED,
        "Its words name the cause; put it right and retry.",
    ),
    "not_found": Explanation(
        "The record is no longer there.", "finance", _PARKED, "Check whether it was deleted."
    ),
    "conflict": Explanation(
        "Somebody else changed the record, or one with this key exists.",
        "finance",
        _PARKED,
        "Compare the two and retry.",
    ),
    # ours
    "reference_missing": Explanation(
        "The ledger's accounts and codes have not been read yet.",
        "admin",
        _STOPPED,
        "Run the flow for reference data first.",
    ),
    "internal": Explanation(
        "Something went wrong on our side.",
        "support",
        "Nothing was lost; the reference number leads us to the cause.",
        "Quote the reference number to support.",
    ),
    "webhook_refused": Explanation(
        "NAV does not accept the subscription: most often it cannot reach our address.",
        "it",
        "Polling goes on; the subscription is asked for again within the hour.",
        "Let the server reach our address by https, and look whether subscriptions are enabled.",
    ),
    "webhooks_unsupported": Explanation(
        "This instance offers no subscriptions.",
        "it",
        "Polling goes on.",
        "Switch the notifications off here, or publish API v2.0 on the instance.",
    ),
    "webhooks_silent": Explanation(
        "Records changed in NAV and no notification of them arrived.",
        "it",
        "Polling goes on and has seen the changes; nothing was missed by the flows.",
        "Look in NAV at the job queue, and whether its server may reach our address.",
    ),
    # what a check looks at
    "address": Explanation(
        "The address cannot be used or nobody answers there.",
        "admin",
        _STOPPED,
        "Correct the base address.",
    ),
    "token": Explanation(
        "No access token could be had.", "admin", _STOPPED, "Check token address and credentials."
    ),
    "http_json": Explanation(
        "The address does not answer in JSON.",
        "admin",
        _STOPPED,
        "Check that the base address is the API's.",
    ),
    "api_enabled": Explanation(
        "The API is switched off on this instance.",
        "it",
        _STOPPED,
        "Enable API and OData services for the instance.",
    ),
    "metadata": Explanation(
        "The description of the services cannot be read.",
        "it",
        _STOPPED,
        "Give the user the right to read metadata.",
    ),
    "property_missing": Explanation(
        "The ledger leaves out a field by which documents are recognized.",
        "it",
        "Nothing is written: without that field nobody can tell what already stands there.",
        "Let the service publish the field named, and give the user the right to read it.",
    ),
    "companies": Explanation(
        "The list of companies cannot be read or is empty.",
        "it",
        _STOPPED,
        "Give the user access to the company.",
    ),
    "company": Explanation(
        "The company of an integration is not there.",
        "admin",
        _STOPPED,
        "Choose one of the companies listed.",
    ),
    "rights": Explanation(
        "The user lacks rights that a flow needs.",
        "it",
        _STOPPED,
        "Add the permission sets named to the user.",
    ),
    "accounts": Explanation(
        "The ledger accounts cannot be read.", "it", _STOPPED, "Give the right to read them."
    ),
    "dimensions": Explanation(
        "The dimensions cannot be read.", "it", _STOPPED, "Give the right to read them."
    ),
    "journal_batch": Explanation(
        "The journal batch is missing, holds lines of others or has a balancing account.",
        "finance",
        _STOPPED,
        "Make a batch for this integration alone, without a balancing account.",
    ),
    "journal_vat": Explanation(
        "The journal's accounts would compute tax a second time.",
        "finance",
        _STOPPED,
        "Let the journal batch not copy the accounts' tax setup.",
    ),
    "clock": Explanation(
        "The other system's clock differs from ours.",
        "it",
        "We allow for the difference.",
        "Set the clock of the server.",
    ),
    "paging": Explanation(
        "The pages of lists do not fit the profile.",
        "admin",
        _STOPPED,
        "Correct the paging part of the profile.",
    ),
    "filter": Explanation(
        "The filter on the time of change is not honored.",
        "admin",
        "We read everything each time and compare.",
        "Correct the filter part of the profile.",
    ),
    "vocabulary": Explanation(
        "Status words appear that the profile does not explain.",
        "admin",
        "Documents with such a word wait.",
        "Add the words to the profile.",
    ),
    "segments": Explanation(
        "The coding has segments that the profile does not name.",
        "admin",
        "Lines keep what the profile names.",
        "Add the segments to the profile.",
    ),
    "totals": Explanation(
        "The amounts of sampled documents do not add up as the profile says.",
        "admin",
        "Documents whose totals do not add up wait.",
        "Correct the amount fields of the profile.",
    ),
}

_UNKNOWN = Explanation(
    "Something happened at the other system that this version has no words for.",
    "support",
    "What came back was kept.",
    "Ask support; quote the run or the request id.",
)


def add(entries: Mapping[str, Explanation]) -> None:
    """Add codes that only one connector knows; the common ones keep their words."""
    for code, entry in entries.items():
        _ENTRIES.setdefault(code, entry)


def codes() -> frozenset[str]:
    """Return every code that has words."""
    return frozenset(_ENTRIES)


def lookup(code: str) -> Explanation:
    """Return what a code means; one without an entry leads to support."""
    return _ENTRIES.get(code, _UNKNOWN)


def explain(code: str) -> dict[str, str]:
    """Return cause, owner, next step and fix of a code, as they are stored and shown."""
    entry = lookup(code)
    return {
        "cause": entry.cause,
        "owner": entry.owner,
        "next_step": entry.next_step,
        "fix": entry.fix,
    }
