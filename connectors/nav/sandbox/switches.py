"""What a test or a demo can change about this instance, by constructor or `POST /__ctl/switches`.

Defaults are Business Central on premises as the contract describes it. A switch stands for each
point that the contract leaves unverified (NAV contract 10) where the other answer is cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Switches:
    """Behavior of one instance.

    Instance: `api_enabled` (off: 405 everywhere), `required_tenant` (multitenant server: every
    request carries `?tenant=`), `hidden` (sets and "set.action" names not published),
    `denied_sets` (no permission, 400), `page_size`, `strict_page_size` (413 above it),
    `skiptoken_lifetime` (seconds), `max_body_bytes`.
    Limits: `rate_limit` requests per `rate_window` seconds and user (0: none), `max_concurrent`
    and `max_queue` per user, `queue_seconds` until a waiting request gets 503,
    `retry_after_on_429` (header value, empty: none).
    Unverified points: `duplicate_key_status`, `missing_record_status`, `receipt_only_status`
    (200, 204 or 400), `delete_needs_if_match`, `deep_insert_returns_children`, `deep_insert`
    (links that may be nested in a POST), `orders_take_subscriptions`, `get_changes_etag`,
    `replica_lag` (lists without `Data-Access-Intent: ReadWrite` miss the last so many seconds),
    `blind_filters` ("set.property" that no filter finds anything by, whatever is stored),
    `unseen_properties` ("set.property" names that no answer shows),
    `batch_answers` (part answers of a batch of several: "missing" and "doubled" mean the first,
    "reordered" all), `batch_stops` (a batch ends at its first failure whatever was asked),
    `page_field_order` (properties validated in the page's order, not the JSON's),
    `encoded_enums_only` (plain option names refused in bodies), `vendor_journal_lines`,
    `header_dimensions_spread` (a changed header dimension reaches existing lines).
    Posting: `background_posting` (post answers before it is done; finished by the control
    action "run_jobs").
    Webhooks: `notification_delay` and `notification_waits` in seconds, `subscription_days`,
    `max_subscriptions`, `handshake_seconds`, `collection_threshold`, `notifications_lost` (nothing
    is sent, and nothing kept), `notification_state` (sent in place of the right clientState).
    Control "subscriptions/drop" deletes all subscriptions, as NAV does by itself.
    Tokens: `token_lifetime` seconds, `announced_lifetime` (what `expires_in` says, if different),
    `gateway_401` (401 without a JSON body).
    Dialect pages: `pages_enabled`, `page_services` (published name -> page number:
    `DEFAULT_`, `CONTRACT_` and `ODD_PAGE_SERVICES` are at hand),
    `page_name_length` (names and descriptions: 50 before Business Central), `hidden_controls`
    ("service.control" names that a page does not have).
    """

    api_enabled: bool = True
    pages_enabled: bool = True
    required_tenant: str = ""
    hidden: tuple[str, ...] = ()
    denied_sets: tuple[str, ...] = ()
    page_size: int = 20_000
    strict_page_size: bool = False
    skiptoken_lifetime: float | None = None
    max_body_bytes: int = 350 * 1024 * 1024
    rate_limit: int = 0
    rate_window: float = 300.0
    max_concurrent: int = 5
    max_queue: int = 95
    queue_seconds: float = 480.0
    retry_after_on_429: str = ""
    duplicate_key_status: int = 400
    missing_record_status: int = 404
    receipt_only_status: int = 200
    delete_needs_if_match: bool = False
    deep_insert_returns_children: bool = False
    deep_insert: tuple[str, ...] = ("purchaseOrderLines", "purchaseInvoiceLines")
    orders_take_subscriptions: bool = False
    get_changes_etag: bool = False
    replica_lag: float = 0.0
    blind_filters: tuple[str, ...] = ()
    unseen_properties: tuple[str, ...] = ()
    batch_answers: str = ""
    batch_stops: bool = False
    page_field_order: bool = False
    encoded_enums_only: bool = False
    vendor_journal_lines: bool = True
    header_dimensions_spread: bool = True
    background_posting: bool = False
    notification_delay: float = 30.0
    notification_waits: tuple[float, ...] = (60.0, 60.0, 600.0, 6000.0)
    subscription_days: float = 3.0
    max_subscriptions: int = 1000
    handshake_seconds: float = 5.0
    collection_threshold: int = 1000
    notifications_lost: bool = False
    notification_state: str = ""
    token_lifetime: float = 3599.0
    announced_lifetime: float | None = None
    gateway_401: bool = False
    page_name_length: int = 50
    hidden_controls: tuple[str, ...] = ()
    page_services: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_PAGE_SERVICES))


# The pages that the contract lists and none besides (NAV contract 1.4), and the same under names
# that an administrator might choose: `page_services` takes either.
CONTRACT_PAGE_SERVICES = {
    "Vendor": 26,
    "PurchaseOrder": 50,
    "PurchaseInvoice": 51,
    "PurchaseCreditMemo": 52,
    "GeneralJournal": 39,
    "PurchaseJournal": 254,
    "VendorLedgerEntries": 29,
    "PostedPurchaseInvoice": 138,
    "GLAccountList": 18,
    "DimensionValues": 537,
    "PaymentTerms": 4,
    "Currencies": 5,
}
ODD_PAGE_SERVICES = {
    "WS_Kreditor": 26,
    "wsBestellung2": 50,
    "EKRechnung": 51,
    "EK_Gutschrift": 52,
    "FiBu_Buchblatt": 39,
    "PurchJnl_v2": 254,
    "KredPosten": 29,
    "GebEKRechnung": 138,
    "Sachkonten": 18,
    "DimWerte": 537,
    "ZahlBed": 4,
    "Waehrungen": 5,
}

DEFAULT_PAGE_SERVICES = {
    "Vendor": 26,
    "PurchaseOrder": 50,
    "PurchaseInvoice": 51,
    "PurchaseCreditMemo": 52,
    "GeneralJournal": 39,
    "PurchaseJournal": 254,
    "GLAccountList": 18,
    "DimensionValues": 537,
    "VendorLedgerEntries": 29,
    "PostedPurchaseInvoice": 138,
    "PaymentTerms": 4,
    "Currencies": 5,
    "UnitsOfMeasure": 209,
    "GeneralLedgerSetup": 118,
    "CurrencyExchangeRates": 483,
    "GeneralLedgerEntries": 20,
}
