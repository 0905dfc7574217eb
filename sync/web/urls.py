"""Pages of the day's work: today, review, documents, mappings, runs; and the set-up."""

from django.urls import path

from sync.selectors.causes import open_causes
from sync.web import (
    documents,
    integrations,
    mails,
    mappings,
    notifications,
    reconciliation,
    replays,
    reviews,
    runs,
    setup,
    spend,
    suppliers,
    today,
    vendors,
    versions,
    webhooks,
)
from tenants.pages.context import count_with

count_with("reviews", open_causes)

urlpatterns = [
    path("webhooks/nav/<str:token>", notifications.nav, name="nav-notification"),
    path("", today.Today.as_view(), name="today"),
    path("review/", reviews.Reviews.as_view(), name="reviews"),
    path("review/resolve/", reviews.ResolveMany.as_view(), name="reviews-resolve"),
    path("review/<uuid:id>/", reviews.Review.as_view(), name="review"),
    path("review/<uuid:id>/resolve/", reviews.Resolve.as_view(), name="review-resolve"),
    path("review/<uuid:id>/map/", reviews.MapHere.as_view(), name="review-map"),
    path("review/<uuid:id>/forget/", reviews.Forget.as_view(), name="review-forget"),
    path("review/<uuid:id>/withdraw/", reviews.Withdraw.as_view(), name="review-withdraw"),
    path("review/<uuid:id>/hand-over/", reviews.HandOver.as_view(), name="review-hand-over"),
    path("documents/", documents.Documents.as_view(), name="documents"),
    path("documents/replay/", replays.ReplayMany.as_view(), name="documents-replay"),
    path("documents/<uuid:id>/", documents.OneDocument.as_view(), name="document"),
    path(
        "documents/<uuid:id>/versions/<int:number>/",
        versions.OneVersion.as_view(),
        name="document-version",
    ),
    path("documents/<uuid:id>/preview/", documents.Preview.as_view(), name="document-preview"),
    path("documents/<uuid:id>/withdraw/", documents.Withdraw.as_view(), name="document-withdraw"),
    path("documents/<uuid:id>/replay/", documents.Replay.as_view(), name="document-replay"),
    path("mappings/", mappings.Mappings.as_view(), name="mappings"),
    path("mappings/<uuid:id>/<str:kind>/", mappings.Save.as_view(), name="mapping-save"),
    path("mappings/<uuid:id>/<str:kind>/many/", mappings.SaveMany.as_view(), name="mapping-many"),
    path("mappings/<uuid:id>/<str:kind>/look/", mappings.Look.as_view(), name="mapping-look"),
    path("mappings/<uuid:id>/<str:kind>/import/", mappings.Import.as_view(), name="mapping-import"),
    path("mappings/<uuid:id>/<str:kind>/csv/", mappings.Export.as_view(), name="mapping-export"),
    path(
        "mappings/<uuid:id>/<str:kind>/<uuid:entry>/remove/",
        mappings.Delete.as_view(),
        name="mapping-remove",
    ),
    path("suppliers/", suppliers.Suppliers.as_view(), name="suppliers"),
    path("suppliers/families/", suppliers.Families.as_view(), name="families"),
    path("suppliers/vendors/", vendors.Vendors.as_view(), name="vendors"),
    path("suppliers/vendors/<uuid:id>/link/", vendors.LinkVendor.as_view(), name="vendor-link"),
    path("runs/", runs.Runs.as_view(), name="runs"),
    path("runs/<uuid:id>/", runs.OneRun.as_view(), name="run"),
    path("runs/<uuid:id>/stop/", runs.Stop.as_view(), name="run-stop"),
    path("runs/again/<uuid:id>/", runs.ReadAgain.as_view(), name="run-again"),
    path("runs/schedule/<uuid:id>/", runs.Schedule.as_view(), name="schedule"),
    path("spend/", spend.Spend.as_view(), name="spend"),
    path("reconciliation/", reconciliation.Reconciliation.as_view(), name="reconciliation"),
    path(
        "reconciliation/<uuid:id>/check/",
        reconciliation.CheckLedger.as_view(),
        name="reconciliation-check",
    ),
    path("settings/policy/", integrations.Integrations.as_view(), name="integrations"),
    path("settings/policy/<uuid:id>/", integrations.PolicyPage.as_view(), name="policy"),
    path("settings/mails/", mails.Mails.as_view(), name="mails"),
    path("mails/stop/<str:token>/", mails.Stop.as_view(), name="mails-stop"),
    path("settings/notifications/", webhooks.Notifications.as_view(), name="notifications"),
    path(
        "settings/notifications/<uuid:id>/", webhooks.Switch.as_view(), name="notifications-switch"
    ),
    path("setup/", setup.Setup.as_view(), name="setup"),
    path("setup/company/", setup.ChooseCompany.as_view(), name="setup-company"),
    path("setup/booking/", setup.Booking.as_view(), name="setup-booking"),
    path("setup/preview/", setup.FirstPreview.as_view(), name="setup-preview"),
    path("setup/preview/map/", setup.MapFirst.as_view(), name="setup-map"),
    path("setup/live/", setup.GoLive.as_view(), name="setup-live"),
]
