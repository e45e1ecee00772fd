"""The planted truth: every rate, probability and model parameter from which the demo company is drawn.

Only numbers and names live here. ``truth`` publishes them beside the data, so a test can compare what the warehouse
estimates with what was planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

FIRST_DAY = date(2024, 7, 1)
AS_OF = date(2026, 6, 30)
CUT = date(2026, 7, 1)

SEGMENTS = ("consumer", "smb", "enterprise")
SEGMENT_SHARES = (0.65, 0.20, 0.15)
CONTACTS_PER_ACCOUNT = {"smb": 2, "enterprise": 6}

COUNTRIES = ("US", "DE", "FR", "PL", "GB")
COUNTRY_SHARES = (0.45, 0.20, 0.15, 0.10, 0.10)
COUNTRY_CURRENCIES = ("USD", "EUR", "EUR", "EUR", "USD")
COUNTRY_LANGUAGES = ("en", "de", "fr", "en", "en")

TEST_SHARE = 0.005
LEAD_SHARE = 0.05
GUEST_ONLY_SHARE = 0.05

# Purchases: BG/NBD in weeks, Gamma-Gamma in USD (order value ~ Gamma(p, rate nu), nu ~ Gamma(q, rate v)).
BGNBD = {"r": 1.6, "alpha": 4.5, "a": 0.7, "b": 9.0}
GAMMA_GAMMA = {"p": 5.0, "q": 4.0, "v": 48.0}
MARGIN_RATIO = 0.45
REFUND_SHARE = 0.03
CANCELLED_SHARE = 0.03

# Share of paying customers that leave in a month, drawn once for each month they open as a payer.
MONTHLY_CHURN = {"consumer": 0.045, "smb": 0.025, "enterprise": 0.010}
RETURN_SHARE = 0.10
VOLUNTARY_SHARE = 0.75

NPS_BY_SEGMENT = {"consumer": (0.50, 0.30, 0.20), "smb": (0.42, 0.33, 0.25), "enterprise": (0.36, 0.34, 0.30)}
# How much what customers say of a side of the company leans on their recommendation, 0 to 1.
DRIVER_WEIGHTS = {"speed": 0.7, "advice": 0.5, "price": 0.2}
NPS_SHIFT_BY_CHANNEL = {"email": 0.0, "app": 0.06, "sms": -0.06}
NPS_SHIFT_BY_TOUCHPOINT = {"relationship": 0.0, "purchase": 0.08, "support": -0.08}
CHANNELS = ("email", "app", "sms")
CHANNEL_SHARES = (0.4, 0.3, 0.3)

# Probability of answering, by what the answer would have been: detractors answer less.
RESPONSE_BY_GROUP = {"promoter": 1.2, "passive": 1.0, "detractor": 0.6}
RESPONSE_BY_SEGMENT = {"consumer": 0.35, "smb": 0.40, "enterprise": 0.60}

SCORES_BY_GROUP: Mapping[str, Mapping[int, float]] = {
    "promoter": {9: 0.45, 10: 0.55},
    "passive": {7: 0.45, 8: 0.55},
    "detractor": {0: 0.08, 1: 0.04, 2: 0.06, 3: 0.10, 4: 0.12, 5: 0.25, 6: 0.35},
}


@dataclass(frozen=True)
class Team:
    """What is planted about one support team; minutes are business minutes of its own schedule.

    ``p_*`` are probabilities per ticket; ``csat`` those of the answers 1 to 5; ``ease`` the share of answers 5 to 7
    of 7 on the effort question once turned so that high is easy.
    """

    name: str
    category: str
    schedule_id: str
    share: float
    median_reply_minutes: float
    spread: float
    p_second_reply: float
    p_reopen: float
    p_repeat: float
    csat: tuple[float, float, float, float, float]
    ease: float


TEAMS = (
    Team(
        name="billing",
        category="billing",
        schedule_id="SCH-WARSAW",
        share=0.3,
        median_reply_minutes=75.0,
        spread=0.8,
        p_second_reply=0.3,
        p_reopen=0.06,
        p_repeat=0.08,
        csat=(0.06, 0.08, 0.14, 0.32, 0.4),
        ease=0.72,
    ),
    Team(
        name="technical",
        category="technical",
        schedule_id="SCH-WARSAW",
        share=0.25,
        median_reply_minutes=160.0,
        spread=0.9,
        p_second_reply=0.5,
        p_reopen=0.12,
        p_repeat=0.14,
        csat=(0.1, 0.12, 0.18, 0.32, 0.28),
        ease=0.58,
    ),
    Team(
        name="orders",
        category="delivery",
        schedule_id="SCH-NEWYORK",
        share=0.3,
        median_reply_minutes=45.0,
        spread=0.7,
        p_second_reply=0.2,
        p_reopen=0.04,
        p_repeat=0.1,
        csat=(0.05, 0.07, 0.12, 0.31, 0.45),
        ease=0.78,
    ),
    Team(
        name="care",
        category="onboarding",
        schedule_id="SCH-ALWAYS",
        share=0.15,
        median_reply_minutes=25.0,
        spread=0.6,
        p_second_reply=0.35,
        p_reopen=0.05,
        p_repeat=0.05,
        csat=(0.03, 0.05, 0.1, 0.32, 0.5),
        ease=0.84,
    ),
)

# First contacts per person in the whole 24 months; who joined later has fewer.
TICKETS_PER_PERSON = {"consumer": 1.0, "smb": 1.6, "enterprise": 2.0}
P_MERGED = 0.02
P_SPAM = 0.015
P_DELETED = 0.004
P_AGENT_OPENED = 0.04
P_NEVER_REPLIED = 0.02
P_SOLVED_WITHOUT_REPLY = 0.015
P_CLOSED_UNSOLVED = 0.008
P_BOT_REPLY = 0.30
P_PRIVATE_NOTE = 0.25
P_TRANSFER = 0.05
P_ON_HOLD = 0.05
P_SAVED_AGAIN = 0.02
P_RATING_OFFERED = 0.55
P_RATED = 0.40
P_RATED_GOOD = 0.82
P_RATING_CHANGED = 0.05

# The service level policy that the help desk's tickets name. The service centre keeps its targets.
SLA_POLICY = "SLA-STANDARD"
# Share of tickets moved to a weekend on which the clocks change.
P_CLOCK_CHANGE_WEEKEND = 0.02

P_SURVEYED_TICKET = 0.60
P_SURVEYED_ORDER = 0.06
P_BOUNCED = 0.03
P_PARTIAL = 0.08
P_FIRST_CONTACT_RESOLVED = 0.70

# One, two or three lines on an order.
LINES_PER_ORDER = (0.5, 0.3, 0.2)
P_PAYMENT_FAILED = 0.06
P_DISPUTED = 0.003
P_CART_RECOVERED = 0.15
ABANDONED_CARTS_PER_ORDER = 0.8
P_CART_OF_NOBODY = 0.2

P_MESSAGE_DELIVERED = 0.97
P_MESSAGE_OPENED = 0.4
P_MESSAGE_CLICKED = 0.2
P_MESSAGE_CONVERTED = 0.1
P_UNSUBSCRIBED = 0.02
P_AGREED = 0.75
TRAIT_SHARE = 0.12
REFERRED_SHARE = 0.06

# Visits that ended without an order, per online order.
VISITS_WITHOUT_ORDER = 1.0
P_SIGNED_IN = 0.3
P_SEARCHED = 0.3
CONNECTED_SHARE = 0.04
P_USED_ON_A_DAY = 0.5

P_OPPORTUNITY_WON = 0.35
BRAND = "Hearthside"
COMPETITORS = ("Kettleworks", "Homely")

# Share of people whose name on a network is known.
SOCIAL_SHARE = 0.08
P_SOCIAL_COMPLAINT = 0.35
P_SOCIAL_REPLIED = 0.85
P_TWO_BRANDS = 0.2

# How many have none, one, two or three interactions with the service centre of their own accord.
INTERACTIONS_PER_PERSON = (0.5, 0.3, 0.15, 0.05)
P_CALLED_ABOUT_TICKET = 0.15
P_TICKET_REVIEWED = 0.10
P_INTERACTION_REVIEWED = 0.12
P_REVIEW_TARGETED = 0.20
P_REVIEW_CALIBRATED = 0.06
P_CRITICAL_FAILED = 0.04
P_NOT_APPLICABLE = 0.06
# Share of detractors, complaints on networks and bad ratings that are followed up.
P_FOLLOWED_UP = {"response": 0.6, "post": 0.5, "ticket": 0.5}
P_NEVER_CONTACTED = 0.08
