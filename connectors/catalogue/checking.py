"""What a check of a connection looks at."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.catalogue.explanation import STOPPED, Explanation

CHECKS: Mapping[str, Explanation] = {
    "address": Explanation(
        "The address cannot be used or nobody answers there.",
        "admin",
        STOPPED,
        "Correct the base address.",
    ),
    "token": Explanation(
        "No access token could be had.", "admin", STOPPED, "Check token address and credentials."
    ),
    "http_json": Explanation(
        "The address does not answer in JSON.",
        "admin",
        STOPPED,
        "Check that the base address is the API's.",
    ),
    "api_enabled": Explanation(
        "The API is switched off on this instance.",
        "it",
        STOPPED,
        "Enable API and OData services for the instance.",
    ),
    "metadata": Explanation(
        "The description of the services cannot be read.",
        "it",
        STOPPED,
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
        STOPPED,
        "Give the user access to the company.",
    ),
    "company": Explanation(
        "The company of an integration is not there.",
        "admin",
        STOPPED,
        "Choose one of the companies listed.",
    ),
    "rights": Explanation(
        "The user lacks rights that a flow needs.",
        "it",
        STOPPED,
        "Add the permission sets named to the user.",
    ),
    "accounts": Explanation(
        "The ledger accounts cannot be read.", "it", STOPPED, "Give the right to read them."
    ),
    "dimensions": Explanation(
        "The dimensions cannot be read.", "it", STOPPED, "Give the right to read them."
    ),
    "journal_batch": Explanation(
        "The journal batch is missing, holds lines of others or has a balancing account.",
        "finance",
        STOPPED,
        "Make a batch for this integration alone, without a balancing account.",
    ),
    "journal_vat": Explanation(
        "The journal's accounts would compute tax a second time.",
        "finance",
        STOPPED,
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
        STOPPED,
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
