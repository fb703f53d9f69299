"""How much a customer buys at a discount, and whether coupons are redeemed."""

from core.compiled import compiled
from features.arrays import put, ratio
from features.contract import MONEY_SCALE
from features.families.family import Column, Family
from features.histories import Floats
from features.roles import REDEMPTION
from features.spec import FeatureSpec
from features.view import D28, D84, EVER, View


def _columns(_spec: FeatureSpec) -> list[Column]:
    return [
        Column(
            "discount_84d",
            "Money off in the last 84 days, in the shop's currency",
            "最近 84 天优惠金额（店铺币种）",
        ),
        Column(
            "discount_share_84d",
            "Money off as a share of the full price, last 84 days",
            "最近 84 天优惠占原价的比例",
        ),
        Column(
            "discounted_share_84d",
            "Share of purchase lines with money off, last 84 days",
            "最近 84 天有优惠的购买行比例",
        ),
        Column("redemptions_28d", "Coupons redeemed in the last 28 days", "最近 28 天核销优惠券数"),
        Column("redemptions_84d", "Coupons redeemed in the last 84 days", "最近 84 天核销优惠券数"),
        Column("redemptions_ever", "Coupons redeemed in all known history", "全部已知历史核销优惠券数"),
        Column(
            "days_since_last_redemption", "Days since a coupon was redeemed", "距最近一次核销优惠券的天数"
        ),
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    sums, redeemed = view.sums[D84], view.counts[REDEMPTION]
    put(
        row,
        (
            sums["discount"] / MONEY_SCALE,
            ratio(sums["discount"], sums["discount"] + sums["spend"]),
            ratio(sums["discounted"], sums["lines"]),
            redeemed[D28],
            redeemed[D84],
            redeemed[EVER],
            view.last[REDEMPTION],
        ),
    )


FAMILY = Family("discount", _columns, _fill)
