"""The routes, one file a topic: load, authorize, delegate."""

from serving.api.routes import (
    assignments,
    audience,
    catalogue,
    changes,
    churn,
    customers,
    definitions,
    drift,
    events,
    feedback,
    health,
    imports,
    metrics,
    models,
    predict,
    quality,
    review,
    rules,
    webhooks,
)

ROUTERS = (
    predict.router,
    events.router,
    feedback.router,
    review.router,
    assignments.router,  # before `customers`, whose path would swallow these
    audience.router,
    quality.router,
    customers.router,
    churn.router,
    drift.router,
    changes.router,
    imports.router,
    webhooks.router,
    rules.router,
    definitions.writing,
    definitions.router,
    catalogue.router,
    models.router,
    health.router,
    metrics.router,
)

__all__ = ["ROUTERS"]
