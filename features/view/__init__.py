"""What was known of one customer as of an instant: events, purchase lines, orders and days that the families count."""

from features.view.view import View
from features.view.windows import D7, D14, D28, D56, D84, EVER, N_WINDOWS, RECENT_DAYS, WINDOWS

__all__ = ["D7", "D14", "D28", "D56", "D84", "EVER", "N_WINDOWS", "RECENT_DAYS", "WINDOWS", "View"]
