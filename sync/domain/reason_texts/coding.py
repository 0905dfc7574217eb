"""What codes, accounts and dimensions lack."""

from sync.domain.reason_texts.text import ReasonText

MAPPINGS = {
    "mapping_missing": ReasonText(
        "finance",
        "No {kind} is mapped for {source_code}.",
        "Map {source_code}; every document that waits for it goes on by itself.",
        "mapping {kind} {source_code}",
    ),
    "mapping_missing/account": ReasonText(
        "finance",
        "The document carries {account} of {amount}, and no account is set for {account}.",
        "Name the ledger account for {account} in the integration's policy.",
        "account {account}",
    ),
    "mapping_missing/coding": ReasonText(
        "procurement",
        "Line {line} carries no {kind} and there is no default.",
        "Complete the coding at the source, or set a default in the policy.",
    ),
    "mapping_invalid": ReasonText(
        "finance",
        "{source_code} is mapped to {target_code}, which cannot be used: {problem}",
        "Map {source_code} to an open target, or open {target_code} in the ledger.",
        "mapping {kind} {source_code}",
    ),
    "mapping_invalid/account": ReasonText(
        "finance",
        "The account {target_code} set for {account} cannot be used: {problem}",
        "Name another account for {account} in the policy, or open {target_code} in the ledger.",
        "account {account}",
    ),
    "mapping_invalid/draft": ReasonText(
        "finance",
        "The draft {draft} was written with {draft_says}, and its coding is {now_says} now: it is"
        " not posted as it stands.",
        "Withdraw our draft, and it is written anew as coded now; or set the mapping or policy back"
        " and retry.",
    ),
    "mapping_invalid/dimension": ReasonText(
        "finance",
        "The default dimension {target_code} cannot be used: {problem}",
        "Change the policy's default dimensions, or open the value in the ledger.",
        "dimension {target_code}",
    ),
}
