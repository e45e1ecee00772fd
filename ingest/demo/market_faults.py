"""Faults of the CRM's opportunities and of the social media tool."""

from __future__ import annotations

from ingest.demo.fault_plan import ORDER_NOT_SAID, REQUIRED, Plan


def plant_opportunities(plan: Plan) -> None:
    """An opportunity of nobody's company, two that contradict themselves, and one in per cent."""
    file = "crm/opportunities/opportunities_2026-06_import.csv"

    def opportunity(number: int, **values: str) -> dict[str, str]:
        base = {"opportunity_id": f"F{number}", "account_id": "", "stage": "proposal", "amount": "100.00"}
        last = {"currency": "USD", "probability": "0.5", "created_at": "2026-06-10T09:00:00Z", "closed_at": ""}
        return {**base, **last, "is_closed": "false", "is_won": "false", **values}

    plan.warned("unknown_account", file, "F1", opportunity(1, account_id="ACC-999999"), "account_is_known")
    plan.warned("won_but_open", file, "F2", opportunity(2, is_won="true"), "won_means_closed")
    values = opportunity(3, is_closed="true", closed_at="2026-06-01T09:00:00Z")
    plan.warned("closed_before_recorded", file, "F3", values, "closing_follows_creation")
    plan.refused("out_of_range", file, "F4", opportunity(4, probability="40"), "probability", "more than 1")
    plan.refused("missing_required", file, "F5", opportunity(5, stage=""), "stage", REQUIRED)


def plant_posts(plan: Plan) -> None:
    """Posts that contradict themselves, and mentions and counts of posts nobody delivered."""
    file = "social/social_posts/posts_2026-06_import.csv"

    def post(number: int, **values: str) -> dict[str, str]:
        base = {"post_id": f"F{number}", "network": "reviewsite", "brand": "Hearthside", "post_type": "review"}
        last = {"rating": "4", "rating_max": "5", "posted_at": "2026-06-10T09:00:00Z", "replied_at": ""}
        return {**base, **last, **values}

    plan.warned("rating_off_the_scale", file, "F1", post(1, rating="9"), "rating_is_on_the_scale")
    values = post(2, replied_at="2026-06-09T09:00:00Z")
    plan.warned("replied_before_posted", file, "F2", values, "no_reply_precedes_its_post")
    kinds = "not one of post, comment, mention, review, message"
    plan.refused("not_in_closed_list", file, "F3", post(3, post_type="tweet"), "post_type", kinds)
    plan.refused("bad_date", file, "F4", post(4, posted_at="10/06/2026"), "posted_at", ORDER_NOT_SAID)

    file = "social/social_mentions/mentions_2026-06_import.csv"
    plan.warned("unknown_post", file, "F9", {"post_id": "F9", "brand": "Homely"}, "post_is_known")

    file = "social/social_metrics/metrics_2026-06_import.csv"
    plan.warned(
        "unknown_post", file, "F9", {"post_id": "F9", "captured_at": "2026-06-11T09:00:00Z", "impressions": "9"},
        "post_is_known",
    )  # fmt: skip
    plan.row(file, {"post_id": "F1", "captured_at": "2026-06-11T09:00:00Z", "impressions": "900"})
    shrunken = {"post_id": "F1", "captured_at": "2026-06-12T09:00:00Z", "impressions": "40"}
    plan.warned("shrinking_counts", file, "F1", shrunken, "impressions_do_not_shrink")
