"""The routes, one file a topic: load, authorize, delegate."""

from serving.api.routes import catalogue, churn, customers, events, feedback, health, metrics, models, predict

ROUTERS = (
    predict.router,
    events.router,
    feedback.router,
    customers.router,
    churn.router,
    catalogue.router,
    models.router,
    health.router,
    metrics.router,
)

__all__ = ["ROUTERS"]
