"""Which controls a published page has, and where their values are kept.

One line per control: name, source, kind and length, flags. A source is a field of the record;
`field>set` shows the code of the record whose id is kept; `@n` is shortcut dimension n; `=text` is
a constant (underscores are blanks); `!word` is computed (see `controls`). Kinds are those of the
catalogue; `O:name` is an option shown by its caption, `N` a text with the length of names on this
release. Flags: k part of the key, w writable, c upper-case code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page of the base application. `part` is the subform's control name and page number."""

    number: int
    source: str
    controls: str
    part: tuple[str, int] | None = None
    methods: tuple[str, ...] = ("GET", "POST", "PATCH", "DELETE")


_READ = ("GET",)

_HEADER = """
No                        number               S20  kc
Buy_from_Vendor_No        vendorNumber         S20  wc
Buy_from_Vendor_Name      vendorName           N    -
Pay_to_Name               payToName            N    -
Document_Date             {date}               Dt   w
Posting_Date              postingDate          Dt   w
Due_Date                  dueDate              Dt   w
Your_Reference            yourReference        S35  w
Currency_Code             currencyCode         S10  wc
Payment_Terms_Code        paymentTermsId>paymentTerms S10 wc
Purchaser_Code            purchaser            S20  wc
Prices_Including_VAT      pricesIncludeTax     B    w
Shortcut_Dimension_1_Code @1                   S20  wc
Shortcut_Dimension_2_Code @2                   S20  wc
Status                    status               O:documentStatus -
"""

_LINE = """
Document_Type             ={type}              S30  k
Document_No               !document_no         S20  kwc
Line_No                   sequence             I    kw
Type                      lineType             O:lineType w
No                        lineObjectNumber     S20  wc
Description               description          N    w
Quantity                  quantity             D    w
Unit_of_Measure_Code      unitOfMeasureCode    S10  wc
Direct_Unit_Cost          {cost}               D    w
Line_Discount_Percent     discountPercent      D    w
Line_Amount               amountExcludingTax   D    -
VAT_Prod_Posting_Group    taxCode              S20  wc
Shortcut_Dimension_1_Code @1                   S20  wc
Shortcut_Dimension_2_Code @2                   S20  wc
ShortcutDimCode3          @3                   S20  wc
ShortcutDimCode4          @4                   S20  wc
ShortcutDimCode5          @5                   S20  wc
ShortcutDimCode6          @6                   S20  wc
ShortcutDimCode7          @7                   S20  wc
ShortcutDimCode8          @8                   S20  wc
"""

_ORDER_LINE = """
Description_2             description2         S50  w
Qty_to_Receive            receiveQuantity      D    w
Quantity_Received         receivedQuantity     D    -
Qty_to_Invoice            invoiceQuantity      D    w
Quantity_Invoiced         invoicedQuantity     D    -
Expected_Receipt_Date     expectedReceiptDate  Dt   w
"""

_JOURNAL = """
Journal_Template_Name     !template            S10  kwc
Journal_Batch_Name        !batch               S10  kwc
Line_No                   lineNumber           I    kw
Posting_Date              postingDate          Dt   w
Document_Type             documentType         O:documentType w
Document_No               documentNumber       S20  wc
External_Document_No      externalDocumentNumber S35 wc
Account_Type              accountType          O:accountType w
Account_No                accountNumber        S20  wc
Description               description          N    w
Amount                    amount               D    w
Bal_Account_Type          balanceAccountType   O:accountType w
Bal_Account_No            balancingAccountNumber S20 wc
Due_Date                  dueDate              Dt   w
Applies_to_Doc_Type       appliesToType        S30  w
Applies_to_Doc_No         appliesToNumber      S20  wc
Comment                   comment              S250 w
Shortcut_Dimension_1_Code @1                   S20  wc
Shortcut_Dimension_2_Code @2                   S20  wc
ShortcutDimCode3          @3                   S20  wc
ShortcutDimCode4          @4                   S20  wc
"""

_VENDOR = """
No                        number               S20  kwc
Name                      displayName          N    w
Address                   addressLine1         N    w
Address_2                 addressLine2         S50  w
City                      city                 S30  w
County                    state                S30  w
Post_Code                 postalCode           S20  w
Country_Region_Code       country              S10  wc
Phone_No                  phoneNumber          S30  w
E_Mail                    email                S80  w
Home_Page                 website              S80  w
VAT_Registration_No       taxRegistrationNumber S20 w
Registration_Number       registrationNumber   S50  w
GLN                       gln                  S13  wc
Our_Account_No            ourAccountNumber     S20  w
Pay_to_Vendor_No          payToVendorNumber    S20  wc
Currency_Code             currencyCode         S10  wc
Payment_Terms_Code        paymentTermsId>paymentTerms S10 wc
Payment_Method_Code       paymentMethodId>paymentMethods S10 wc
Blocked                   blocked              O:blocked w
Balance_LCY               !balance             D    -
Gen_Bus_Posting_Group     genBusPostingGroup   S20  wc
VAT_Bus_Posting_Group     vatBusPostingGroup   S20  wc
Vendor_Posting_Group      vendorPostingGroup   S20  wc
Purchaser_Code            purchaserCode        S20  wc
"""

_VENDOR_ENTRIES = """
Entry_No                  entryNumber          I    k
Vendor_No                 vendorNumber         S20  c
Posting_Date              postingDate          Dt   -
Due_Date                  dueDate              Dt   -
Document_Type             documentType         O:documentType -
Document_No               documentNumber       S20  c
External_Document_No      externalDocumentNumber S35 c
Description               description          N    -
Currency_Code             currencyCode         S10  c
Amount                    amount               D    -
Remaining_Amount          remainingAmount      D    -
Open                      open                 B    -
Reversed                  reversed             B    -
"""

_POSTED = """
No                        number               S20  kc
Buy_from_Vendor_No        vendorNumber         S20  c
Buy_from_Vendor_Name      vendorName           N    -
Order_No                  orderNumber          S20  c
Vendor_Invoice_No         vendorInvoiceNumber  S35  c
Pre_Assigned_No           draftNumber          S20  c
Posting_Date              postingDate          Dt   -
Document_Date             invoiceDate          Dt   -
Due_Date                  dueDate              Dt   -
Currency_Code             currencyCode         S10  c
Amount                    totalAmountExcludingTax D -
Amount_Including_VAT      totalAmountIncludingTax D -
Cancelled                 !cancelled           B    -
"""

_ACCOUNTS = """
No                        number               S20  kc
Name                      displayName          N    -
Account_Category          category             O:category -
Account_Type              accountType          O:glAccountType -
Direct_Posting            directPosting        B    -
Blocked                   blocked              B    -
Net_Change                !net_change          D    -
"""

_SETUP = """
Primary_Key               =                    S10  k
Allow_Posting_From        !posting_from        Dt   -
Allow_Posting_To          !posting_to          Dt   -
LCY_Code                  !local_currency      S10  c
Global_Dimension_1_Code   !dimension_1         S20  c
Global_Dimension_2_Code   !dimension_2         S20  c
Shortcut_Dimension_3_Code !dimension_3         S20  c
Shortcut_Dimension_4_Code !dimension_4         S20  c
Shortcut_Dimension_5_Code !dimension_5         S20  c
Shortcut_Dimension_6_Code !dimension_6         S20  c
Shortcut_Dimension_7_Code !dimension_7         S20  c
Shortcut_Dimension_8_Code !dimension_8         S20  c
"""

_RATES = """
Currency_Code               currencyCode               S10 kc
Starting_Date               startingDate               Dt  k
Exchange_Rate_Amount        exchangeRateAmount         D   -
Relational_Currency_Code    relationalCurrencyCode     S10 c
Relational_Exch_Rate_Amount relationalExchangeRateAmount D -
"""

_LEDGER_ENTRIES = """
Entry_No                  entryNumber          I    k
Posting_Date              postingDate          Dt   -
Document_Type             documentType         O:documentType -
Document_No               documentNumber       S20  c
G_L_Account_No            accountNumber        S20  c
Description               description          N    -
Amount                    !entry_amount        D    -
"""


def _header(type_name: str, date: str, more: str) -> str:
    return f"Document_Type ={type_name} S30 k" + _HEADER.format(date=date) + more


_ORDER = _header(
    "Order",
    "orderDate",
    """
Order_Date                orderDate            Dt   w
Vendor_Order_No           vendorOrderNumber    S35  w
Vendor_Invoice_No         vendorInvoiceNumber  S35  wc
Vendor_Shipment_No        vendorShipmentNumber S35  w
Requested_Receipt_Date    requestedReceiptDate Dt   w
""",
)
_INVOICE = _header(
    "Invoice",
    "invoiceDate",
    """
Vendor_Invoice_No         vendorInvoiceNumber  S35  wc
Vendor_Order_No           vendorOrderNumber    S35  w
""",
)
_MEMO = _header(
    "Credit_Memo",
    "creditMemoDate",
    """
Vendor_Cr_Memo_No         vendorCreditMemoNumber S35 wc
""",
)
_CODE_LIST = "Code code S10 kc\nDescription displayName N -\n"

PAGES: dict[int, Page] = {
    page.number: page
    for page in (
        Page(4, "paymentTerms", _CODE_LIST + "Due_Date_Calculation dueDateCalculation S32 -",
             methods=_READ),
        Page(5, "currencies", _CODE_LIST + "Amount_Rounding_Precision amountRoundingPrecision D -",
             methods=_READ),
        Page(20, "generalLedgerEntries", _LEDGER_ENTRIES, methods=_READ),
        Page(18, "accounts", _ACCOUNTS, methods=_READ),
        Page(26, "vendors", _VENDOR),
        Page(29, "vendorLedgerEntries", _VENDOR_ENTRIES, methods=_READ),
        Page(39, "journalLines", _JOURNAL),
        Page(50, "purchaseOrders", _ORDER, part=("PurchLines", 54)),
        Page(51, "purchaseInvoices", _INVOICE, part=("PurchLines", 55)),
        Page(52, "purchaseCreditMemos", _MEMO, part=("PurchLines", 98)),
        Page(54, "purchaseOrderLines",
             _LINE.format(type="Order", cost="directUnitCost") + _ORDER_LINE),
        Page(55, "purchaseInvoiceLines", _LINE.format(type="Invoice", cost="unitCost")),
        Page(98, "purchaseCreditMemoLines", _LINE.format(type="Credit_Memo", cost="unitCost")),
        Page(118, "generalLedgerSetup", _SETUP, methods=_READ),
        Page(138, "purchaseInvoices", _POSTED, methods=_READ),
        Page(209, "unitsOfMeasure", _CODE_LIST, methods=_READ),
        Page(254, "journalLines", _JOURNAL),
        Page(483, "currencyExchangeRates", _RATES, methods=_READ),
        Page(536, "dimensions", "Code code S20 kc\nName displayName S30 -", methods=_READ),
        Page(537, "dimensionValues",
             "Dimension_Code !dimension_code S20 k\nCode code S20 kc\nName displayName S50 -\n"
             "Blocked !blocked B -", methods=_READ),
        Page(9307, "purchaseOrders", _ORDER, methods=_READ),
    )
}  # fmt: skip
