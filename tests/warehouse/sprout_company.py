"""A company with two profiles in Sprout Social: three posts of its own, and what others wrote to it.

The Post Performance Report has the columns that programs which read it name; the answers of the API have the shapes of
Sprout's documentation (its pages are linked in the source's README).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

AS_OF = "2026-03-31"
LOADED_AT = (datetime(2026, 3, 20, 6, tzinfo=UTC), datetime(2026, 3, 31, 6, tzinfo=UTC))
#: What the settings of the warehouse say: one profile has a brand of its own.
BRANDS = {"sprout": "Acme", "Acme Café": "Acme Café"}

HEADER = (
    "Date,Post ID,Network,Post Type,Content Type,Profile,Sent by,Link,Post,Impressions,Reach,Engagements,"
    "Engagement Rate (per Impression),Reactions,Likes,Comments,Shares,Saves,Post Link Clicks,Tags\n"
)
#: The same post as it stood eleven days apart, then a reply, and a post without likes of its own.
FIRST = (
    '03/15/2026 10:05 am,1790,Instagram,Post,Photo,acme_cafe,Ann,https://i.example/1790,"Fresh, hot",'
    '900,800,30,3.3%,,25,3,2,1,0,"Spring, Sale"\n'
)
SECOND = (
    '03/15/2026 10:05 am,1790,Instagram,Post,Photo,acme_cafe,Ann,https://i.example/1790,"Fresh, hot",'
    '"1,200",990,50,4.2%,,40,5,4,1,0,"Spring, Sale"\n'
    "03/16/2026 02:30 pm,1790,X,'@Reply,Text,'@acme_cafe,Ann,https://x.example/1790,'@bob thank you,"
    "10,,1,10%,,,0,0,0,1,\n"
    "03/17/2026 12:00 am,77,LinkedIn,Post,Link,Acme Café,,https://l.example/77,We hire,"
    '"12,345",,400,3.2%,321,300,8,9,0,62,\n'
)


def message(guid: str, network: str, post_type: str, sender: str, text: str, day: int, **fields: Any) -> dict[str, Any]:
    return {
        "guid": guid,
        "network": network,
        "post_type": post_type,
        "customer_profile_id": 501,
        "profile_guid": "fbig:1",
        "from": {"guid": f"p:{sender}", "name": sender.title(), "screen_name": sender},
        "text": text,
        "perma_link": f"https://n.example/{guid}",
        "created_time": f"2026-03-{day}T09:00:00Z",
        **fields,
    }


MESSAGES = [
    message("igd:1", "INSTAGRAM", "INSTAGRAM_DIRECT_MESSAGE", "cleo", "Open today?", 18, language_code="un"),
    message(
        "gmb:2",
        "GOOGLE_MY_BUSINESS",
        "GOOGLE_MY_BUSINESS_REVIEW",
        "dan",
        "Gut",
        19,
        customer_profile_id=502,
        language_code="de",
        review_ratings=[{"value": 4, "scale": 5}],
        internal={"tags": [{"id": 12}, {"id": 99}, {"id": 11}], "sent_by": {}},
    ),
    message("fbc:3", "FACEBOOK", "FBCR_COMMENT", "eve", "Nice", 20, **{"from": {"guid": "fb:3", "name": "Eve E"}}),
    message("t:4", "TWITTER", "TWEET", "bob", "At @acme_cafe again", 21),
    # Not what others say: an own post, which the report has, and word of a new follower.
    message("ig:1790", "INSTAGRAM", "INSTAGRAM_MEDIA", "acme_cafe", "Fresh, hot", 15, **{"from": {"guid": "fbig:1"}}),
    message("tf:6", "TWITTER", "TWITTER_FOLLOWER_ALERT", "fay", "", 22),
]
PROFILES = [
    {"customer_profile_id": 501, "network_type": "fb_instagram_account", "name": "Cafe", "native_name": "@acme_cafe"}
]
TAGS = [
    {"tag_id": 11, "text": "Praise", "type": "LABEL", "active": True},
    {"tag_id": 12, "text": "Sale", "type": "CAMPAIGN", "active": False},
]


def put(landing: Path, source: str, name: str, text: str) -> None:
    path = landing / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def land_company(landing: Path, source: str = "sprout") -> None:
    """Everything of the second day."""
    put(landing, source, "posts/Post Performance 2.csv", HEADER + SECOND)
    for name, records in {"messages": MESSAGES, "profiles": PROFILES, "tags": TAGS}.items():
        put(landing, source, f"{name}/1.json", json.dumps({"data": records, "paging": {}}))
