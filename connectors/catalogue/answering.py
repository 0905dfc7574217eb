"""What came back: answers that nobody expects, one document refused, faults of our own."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.catalogue.explanation import AGAIN, FOUND_OUT, PARKED, STOPPED, Explanation

ANSWERS: Mapping[str, Explanation] = {
    "unexpected_answer": Explanation(
        "The other system answered in a shape that we do not understand.",
        "support",
        "The run ended and the answer was kept.",
        "Ask support; quote the run.",
    ),
    "html_answer": Explanation(
        "The address answers with a web page where data should be.",
        "admin",
        STOPPED,
        "Check the base address: it must be that of the API, not of the pages.",
    ),
    "not_json": Explanation(
        "The answer is not JSON.", "admin", STOPPED, "Check that the base address is the API's."
    ),
    "json_invalid": Explanation(
        "The answer is damaged JSON.", "support", STOPPED, "Ask support; quote the run."
    ),
    "not_an_object": Explanation(
        "The answer has another shape than documented.", "support", STOPPED, "Ask support."
    ),
    "not_a_list": Explanation(
        "The answer has another shape than documented.", "support", STOPPED, "Ask support."
    ),
    "truncated_answer": Explanation(
        "The answer ended before it was complete.", "nobody", AGAIN, "If it lasts, tell IT."
    ),
    "answer_too_large": Explanation(
        "The answer, or one record in it, is larger than we accept.",
        "support",
        STOPPED,
        "Let the profile ask for smaller pages; else ask support.",
    ),
    "paging_loop": Explanation(
        "The pages of a list lead back to a page already read.",
        "support",
        STOPPED,
        "Ask support; quote the run.",
    ),
}

DOCUMENTS: Mapping[str, Explanation] = {
    "outcome_unknown": Explanation(
        "A change was sent, and its answer was lost or unclear.", "finance", FOUND_OUT, ""
    ),
    "ledger_refused": Explanation(
        "The ledger refused this document.",
        "finance",
        PARKED,
        "Its words name the cause; put it right and retry.",
    ),
    "number_taken": Explanation(
        "The supplier's number is posted in the ledger already, and it posts a number once.",
        "finance",
        "The draft stands, unposted; the document waits for review.",
        "Change the number on the draft and post it in NAV, or delete the draft and reject the"
        " document here.",
    ),
    "not_found": Explanation(
        "The record is no longer there.", "finance", PARKED, "Check whether it was deleted."
    ),
    "conflict": Explanation(
        "Somebody else changed the record, or one with this key exists.",
        "finance",
        PARKED,
        "Compare the two and retry.",
    ),
}

OURS: Mapping[str, Explanation] = {
    "reference_missing": Explanation(
        "The ledger's accounts and codes have not been read yet.",
        "admin",
        STOPPED,
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
}
