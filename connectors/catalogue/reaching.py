"""What stops us on the way: settings, credentials, the network, a system that is away."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.catalogue.explanation import AGAIN, STOPPED, Explanation

CREDENTIALS: Mapping[str, Explanation] = {
    "configuration": Explanation(
        "The address, company or rights of the connection do not fit.",
        "admin",
        STOPPED,
        "Check the connection; each red line names its fix.",
    ),
    "settings_invalid": Explanation(
        "The settings of the connection do not hold.",
        "admin",
        STOPPED,
        "Open the connection and correct the fields named.",
    ),
    "kind_unknown": Explanation(
        "This installation has no connector of that kind.",
        "support",
        STOPPED,
        "Ask support to install the connector.",
    ),
    "secret_missing": Explanation(
        "The connection has no credentials.", "admin", STOPPED, "Enter the credentials."
    ),
    "secret_unreadable": Explanation(
        "The stored credentials can no longer be opened.",
        "admin",
        STOPPED,
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
        STOPPED,
        "Check client id, client secret and scope.",
    ),
    "token_url": Explanation(
        "The token address does not hand out tokens.",
        "admin",
        STOPPED,
        "Correct the token address; it usually ends with /token.",
    ),
    "token_missing": Explanation(
        "The answer of the token address holds no token.",
        "admin",
        STOPPED,
        "Check that the token address is the one for client credentials.",
    ),
    "token_expired": Explanation(
        "The token address hands out tokens that have already expired.",
        "it",
        STOPPED,
        "Have the clock and the token lifetime of the log-in server checked.",
    ),
    "token_away": Explanation(
        "The token address is out of order.", "nobody", AGAIN, "If it lasts, tell IT."
    ),
    "scope_missing": Explanation(
        "The log-in server granted fewer rights than we need.",
        "it",
        STOPPED,
        "Grant the application the rights named and consent to them.",
    ),
    "forbidden": Explanation(
        "The user is known, but may not do this.",
        "it",
        STOPPED,
        "Give the user the permission set named by the check.",
    ),
    "read_refused": Explanation(
        "The other system refused a read request.",
        "admin",
        STOPPED,
        "Check the connection; the finding shows the other system's words.",
    ),
}

NETWORK: Mapping[str, Explanation] = {
    "egress_refused": Explanation(
        "The address leads to a place this installation does not talk to.",
        "admin",
        STOPPED,
        "Use a public https address, or ask the operator to allow the private one.",
    ),
    "redirect_refused": Explanation(
        "The other system sends us on to another host.",
        "admin",
        STOPPED,
        "Enter the address that it redirects to, if it is the right one.",
    ),
    "redirected": Explanation(
        "The other system answers a change with a redirect.",
        "admin",
        STOPPED,
        "Enter the address that it redirects to.",
    ),
    "proxy": Explanation(
        "A proxy on the way asks for a log-in.",
        "it",
        STOPPED,
        "Let this installation pass without the proxy.",
    ),
    "dns_failure": Explanation(
        "The name of the host has no address.", "admin", AGAIN, "Check the host's spelling."
    ),
    "tls": Explanation(
        "The certificate of the other system cannot be trusted.",
        "it",
        STOPPED,
        "Renew the certificate, or name its authority in the settings.",
    ),
    "unreachable": Explanation(
        "Nobody answers at this address.",
        "nobody",
        AGAIN,
        "If it lasts: is the port right, and is the firewall open for us?",
    ),
    "timeout": Explanation(
        "The other system took longer than we wait.",
        "nobody",
        AGAIN,
        "If it lasts, have its load checked, or raise the time limit.",
    ),
}

FOR_A_WHILE: Mapping[str, Explanation] = {
    "temporary": Explanation("The other system is out of order.", "nobody", AGAIN, ""),
    "server_error": Explanation(
        "The other system reports an error of its own.", "nobody", AGAIN, "If it lasts, tell IT."
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
        AGAIN,
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
}
