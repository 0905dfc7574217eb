"""Review items: listed, handed to somebody, resolved."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sync.api.shapes import documents as shapes
from sync.api.shown import documents as shown
from sync.models import ReviewItem
from sync.selectors import reviews as selectors
from sync.services.reviews import review_change, review_resolve
from tenants.models import Role
from tenants.rest import TenantView, etag_of


class Reviews(TenantView):
    @extend_schema(
        operation_id="reviews_list",
        parameters=[shapes.ReviewFilter],
        responses=shapes.ReviewShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """Causes that need a person, newest first."""
        return self.page(selectors.reviews(**self.query(shapes.ReviewFilter)), shown.reviews)


class OneReview(TenantView):
    write_role = Role.OPERATOR

    @extend_schema(operation_id="reviews_read", responses=shapes.ReviewShape)
    def get(self, request: Request, id: UUID) -> Response:
        """One cause, and how much waits for it."""
        return _answer(self, self.find(ReviewItem.objects, id))

    @extend_schema(
        operation_id="reviews_change", request=shapes.ReviewChange, responses=shapes.ReviewShape
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Hand it to a member, or set when it is due."""
        review = self.find(ReviewItem.objects.select_for_update(), id)
        self.require_match(_etag(review))
        given = self.body(shapes.ReviewChange, partial=True)
        return _answer(self, review_change(review, given))


class ResolveReview(TenantView):
    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="reviews_resolve",
        request=shapes.ResolveBody,
        responses={200: shapes.ReviewShape, 202: shapes.AwaitingReviewShape},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Retry, accept, reject or ignore what waits; on all of it, or on `documents`."""
        review = self.find(ReviewItem.objects, id)
        done = review_resolve(review, **self.body(shapes.ResolveBody))
        if not done.awaiting:
            return _answer(self, done.review)
        (data,) = shown.reviews([done.review])
        return self.shown({"status": "awaiting_second_person", **data}, status=202)


def _answer(view: TenantView, review: ReviewItem) -> Response:
    (data,) = shown.reviews([review])
    return view.shown(data, etag=_etag(review))


def _etag(review: ReviewItem) -> str:
    return etag_of(review.assignee_id, review.due_at, review.state)
