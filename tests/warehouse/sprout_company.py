"""A company with two profiles in Sprout Social: three posts of its own, and what others wrote to it.

The Post Performance Report has the columns that programs which read it name; the answers of the API have the shapes of
Sprout's documentation (its pages are linked in the source's README). What stands for an outcome is a payload
(`tests/ingest/sources/payloads/sprout`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.ingest.sources import documented as documentation

AS_OF = "2026-03-31"
LOADED_AT = (datetime(2026, 3, 20, 6, tzinfo=UTC), datetime(2026, 3, 31, 6, tzinfo=UTC))
#: What the settings of the warehouse say: one profile has a brand of its own.
BRANDS = {"sprout": "Acme", "Acme Café": "Acme Café"}

documented = partial(documentation.records, "sprout")
#: The same post as it stood eleven days apart, then a reply, and a post without likes of its own.
FIRST = documentation.text("sprout", "posts_report_of_one_post.csv")
SECOND = documentation.text("sprout", "posts_report_of_three_networks_later.csv")


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
    *documented("direct_message_in_no_known_language.json"),
    *documented("review_with_tags.json"),
    message("fbc:3", "FACEBOOK", "FBCR_COMMENT", "eve", "Nice", 20, **{"from": {"guid": "fb:3", "name": "Eve E"}}),
    message("t:4", "TWITTER", "TWEET", "bob", "At @acme_cafe again", 21),
    # Not what others say: an own post, which the report has, and word of a new follower.
    *documented("own_post_among_the_messages.json"),
    message("tf:6", "TWITTER", "TWITTER_FOLLOWER_ALERT", "fay", "", 22),
]
PROFILES = documented("profiles.json")
TAGS = documented("tags_active_and_archived.json")
CASES = [*documented("case_closed.json"), *documented("case_open_about_the_same_message.json")]
QUEUES = documented("queues.json")


def put(landing: Path, source: str, name: str, text: str) -> None:
    path = landing / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def land_company(landing: Path, source: str = "sprout") -> None:
    """Everything of the second day."""
    put(landing, source, "posts/Post Performance 2.csv", SECOND)
    put(landing, source, "inbox/1.csv", documentation.text("sprout", "inbox_file.csv"))
    answers = {"messages": MESSAGES, "profiles": PROFILES, "tags": TAGS, "cases": CASES, "queues": QUEUES}
    for name, records in answers.items():
        put(landing, source, f"{name}/1.json", json.dumps({"data": records, "paging": {}}))
