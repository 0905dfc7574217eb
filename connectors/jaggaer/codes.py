"""What the codes mean that only JAGGAER's connector knows."""

from __future__ import annotations

from connectors.catalogue import STOPPED, Explanation, add

_PROFILE = "Correct the profile; the check of the connection shows what was found."

add(
    {
        "source_refused": Explanation(
            "JAGGAER answered with an error of its own, perhaps about a filter or a field.",
            "admin",
            STOPPED,
            "Compare the path and the filter of the profile with the onboarding document.",
        ),
        "write_back_forbidden": Explanation(
            "JAGGAER does not let this client change suppliers.",
            "admin",
            "Nothing was changed there; the supplier waits in review.",
            "Ask for the right to change company profiles, or disable writeBack in the profile.",
        ),
        "path_not_found": Explanation(
            "JAGGAER has nothing at a path of the profile.", "admin", STOPPED, _PROFILE
        ),
        "wrapper_not_found": Explanation(
            "JAGGAER's list holds records in another place than the profile says.",
            "admin",
            STOPPED,
            "Set list.items of the resource to where the records are.",
        ),
        "flow_not_offered": Explanation(
            "The profile has no enabled resource for this flow.",
            "admin",
            STOPPED,
            "Enable the resource in the profile, or switch the flow off.",
        ),
        "detail_behind": Explanation(
            "JAGGAER's list knows a newer state of a record than its detail.",
            "nobody",
            "The record is asked for again, and never taken in its older state.",
            "Where it lasts longer than a day: have JAGGAER export the record again.",
        ),
    }
)
for _code, _cause, _fix in (
    ("wrapper", "A list's records were not where the profile says.", _PROFILE),
    ("page_size", "Pages have another size than the profile expects; it still works.", ""),
    ("order", "The order in which a list arrives; for information.", ""),
    (
        "detail",
        "A record that the list showed could not be fetched.",
        "Ask the customer's JAGGAER team whether the client may read details.",
    ),
    ("required_fields", "Records lack a value that documents need.", _PROFILE),
    ("shares", "Splits of lines do not come to the whole.", _PROFILE),
    (
        "stable_ids",
        "The same page read twice showed other ids.",
        "Set identity.id of the resource to a value that stays.",
    ),
    ("write_back", "What the profile allows us to write at JAGGAER.", "Ask for the right."),
    ("profile", "The profile and how sure its parts are.", ""),
    ("rights", "The client may not read one of the modules.", "Ask for the missing module."),
):
    add({_code: Explanation(_cause, "admin" if _fix else "nobody", "", _fix)})
