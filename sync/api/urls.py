"""Routes of sync below /api/v1/."""

from django.urls import path

from sync.api.views import documents, integrations, mappings, reviews, runs, webhooks

_INTEGRATION = "integrations/<uuid:id>"

urlpatterns = [
    path("integrations", integrations.Integrations.as_view()),
    path(_INTEGRATION, integrations.OneIntegration.as_view()),
    path(f"{_INTEGRATION}/flows/<str:resource>", integrations.OneFlow.as_view()),
    path(f"{_INTEGRATION}/runs", runs.StartRuns.as_view()),
    path(f"{_INTEGRATION}/mappings", mappings.Kinds.as_view()),
    path(f"{_INTEGRATION}/mappings/<str:kind>", mappings.Entries.as_view()),
    path(f"{_INTEGRATION}/mappings/<str:kind>/unmapped", mappings.Unmapped.as_view()),
    path(f"{_INTEGRATION}/mappings/<str:kind>/<uuid:entry>", mappings.Entry.as_view()),
    path(f"{_INTEGRATION}/reference/<str:kind>", mappings.Reference.as_view()),
    path(f"{_INTEGRATION}/webhooks", webhooks.Webhooks.as_view()),
    path(f"{_INTEGRATION}/reconciliation", mappings.Reconciliation.as_view()),
    path("runs", runs.Runs.as_view()),
    path("runs/<uuid:id>", runs.OneRun.as_view()),
    path("runs/<uuid:id>/stop", runs.StopRun.as_view()),
    path("runs/<uuid:id>/outcomes", runs.Outcomes.as_view()),
    path("documents", documents.Documents.as_view()),
    path("documents/replay", documents.ReplayMany.as_view()),
    path("documents/<uuid:id>", documents.OneDocument.as_view()),
    path("documents/<uuid:id>/versions/<int:number>", documents.OneVersion.as_view()),
    path("documents/<uuid:id>/preview", documents.Preview.as_view()),
    path("documents/<uuid:id>/replay", documents.Replay.as_view()),
    path("reviews", reviews.Reviews.as_view()),
    path("reviews/<uuid:id>", reviews.OneReview.as_view()),
    path("reviews/<uuid:id>/resolve", reviews.ResolveReview.as_view()),
]
