"""Interactions, quality reviews, trainings, cases, service level policies and locations, from extracts to core.

Every tool has a system of its own: the quality tool and the list of cases name agents, tickets, answers and posts of
others. Ann is a contact of the help desk, Bob is known by his telephone number only, Carol by her name on a network.
Kim moves from the first line to the second on 15 June. Days are cut in Warsaw, two hours from UTC.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.warehouse.harness import build, rows

# Worked example QA-01: four areas at weights 2, 2, 1 and 3; compliance is passed or not, and critical.
QA_01 = {"tone": 4, "steps": 3, "privacy": 1, "outcome": 5}
# Worked example QA-02: the mean of reviews, not of their items.
QA_02 = (100, 9.91, 63.96, 90.99, 0)

LANDING = {
    "desk/contacts": [{"contact_id": "C1", "email": "ann@post.example", "segment": "smb"}],
    "desk/agents": [
        {"agent_id": "kim", "name": "Kim", "team": "first line", "valid_from": "2025-01-01T00:00:00Z"},
        {"agent_id": "kim", "name": "Kim", "team": "second line", "valid_from": "2026-06-15T00:00:00Z"},
        {"agent_id": "lee", "name": "Lee", "team": "quality", "valid_from": "2025-01-01T00:00:00Z"},
    ],
    "desk/tickets": [
        {"ticket_id": "1", "requester_id": "C1", "channel": "email", "status": "open",
         "created_at": "2026-06-01T10:00:00Z", "sla_policy_id": "gold"},
        {"ticket_id": "2", "requester_id": "C1", "channel": "email", "status": "open",
         "created_at": "2026-06-30T22:00:00Z"},
    ],
    "desk/sla_policies": [
        {"policy_id": "gold", "metric": "first_reply", "priority": "high", "target_minutes": minutes,
         "hours": "business", "valid_from": since}
        for minutes, since in ((60, "2026-01-01T00:00:00Z"), (30, "2026-06-01T00:00:00Z"))
    ],
    "erp/locations": [
        {"location_id": "L1", "name": "Warsaw", "type": "store", "country": "pl", "opened_on": "2020-01-01"},
        {"location_id": "L2", "name": "Cracow", "type": "store", "closed_on": "2026-06-30"},
    ],
    "crm/contacts": [{"contact_id": "X1", "social_handles": '{"mastodon": "@Carol"}'}],
    "crm/opportunities": [{"opportunity_id": "OP1", "contact_id": "X1", "stage": "offer",
                           "created_at": "2026-05-01T00:00:00Z"}],
    "calls/interactions": [
        {"interaction_id": "i1", "email": " Ann@Post.example", "channel": "phone", "direction": "inbound",
         "agent_id": "kim", "ticket_id": "1", "started_at": "2026-06-10T22:30:00Z", "ended_at": "2026-06-10T22:34:30Z",
         "body": "Where is my kettle?", "updated_at": "2026-06-10T23:00:00Z"},
        {"interaction_id": "i2", "phone": "+48 22 300 10 10", "channel": "store", "direction": "inbound",
         "agent_id": "kim", "location_id": "L1", "started_at": "2026-06-20T10:00:00Z",
         "updated_at": "2026-06-20T10:00:00Z"},
        {"interaction_id": "i3", "network": "mastodon", "social_handle": "carol", "channel": "social",
         "direction": "outbound", "is_proactive": "true", "opportunity_id": "OP1", "started_at": "2026-06-30T21:00:00Z",
         "replied_at": "2026-06-30T22:30:00Z", "updated_at": "2026-06-30T21:00:00Z"},
        {"interaction_id": "i4", "email": "dan@post.example", "channel": "phone", "direction": "inbound",
         "started_at": "2026-06-30T22:00:00Z", "updated_at": "2026-06-30T22:00:00Z"},
    ],
    "qa/qa_items": [
        {"form_id": "F", "item_id": item, "area": area, "name": item, "weight": weight, "score_min": low,
         "score_max": high, "is_critical": critical}
        for item, area, weight, low, high, critical in (
            ("tone", "soft_skills", 2, 1, 5, "false"),
            ("steps", "process_adherence", 2, 1, 5, "false"),
            ("privacy", "compliance", 1, 0, 1, "true"),
            ("outcome", "overall_outcome", 3, 1, 5, "false"),
        )
    ] + [
        {"form_id": "IQS", "item_id": "all", "area": "overall_outcome", "name": "all", "weight": 1, "score_min": 0,
         "score_max": 100},
    ],
    "qa/qa_reviews": [
        {"review_id": review, "form_id": "F", "agent_id": "kim", "reviewer_id": "lee", "ticket_id": ticket,
         "interaction_id": interaction, "reviewed_at": at, "sampling_method": sampling, "is_calibration": calibration}
        for review, ticket, interaction, at, sampling, calibration in (
            ("whole", "1", None, "2026-06-12T10:00:00Z", "random", "false"),
            ("failed", None, "i2", "2026-06-21T10:00:00Z", "random", "false"),
            ("without", None, "i1", "2026-06-22T10:00:00Z", "random", "false"),
            ("targeted", "1", None, "2026-06-22T10:00:00Z", "targeted", "false"),
            ("calibration", "1", None, "2026-06-22T10:00:00Z", "random", "true"),
            ("later", "1", None, "2026-06-30T22:00:00Z", "random", "false"),
        )
    ] + [
        {"review_id": f"iqs{n}", "form_id": "IQS", "agent_id": "kim", "reviewed_at": "2026-06-12T10:00:00Z"}
        for n in range(len(QA_02))
    ],
    "qa/qa_answers": [
        {"review_id": review, "item_id": item, "score": scores[item]}
        for review, scores in (
            ("whole", QA_01),
            ("failed", {**QA_01, "privacy": 0}),
            ("without", {**QA_01, "steps": None}),
            ("targeted", QA_01),
            ("calibration", QA_01),
            ("later", QA_01),
            ("never delivered", QA_01),
        )
        for item in QA_01
    ] + [{"review_id": f"iqs{n}", "item_id": "all", "score": score} for n, score in enumerate(QA_02)],
    "qa/trainings": [
        {"training_id": "T1", "agent_id": "kim", "form_id": "F", "item_id": "privacy", "name": "Privacy",
         "completed_on": "2026-06-29"},
        {"training_id": "T2", "agent_id": "kim", "form_id": "F", "item_id": "privacy", "completed_on": "2026-07-01"},
    ],
    "tool/surveys": [{"survey_id": "S", "name": "S", "programme": "relational"}],
    "tool/survey_responses": [
        {"response_id": "V1", "survey_id": "S", "email": "ann@post.example", "responded_at": "2026-06-02T10:00:00Z"},
    ],
    "social/social_posts": [
        {"post_id": "P1", "network": "Mastodon", "brand": "Acme", "author_handle": "@carol",
         "posted_at": "2026-06-03T10:00:00Z"},
    ],
    "loop/cases": [
        {"case_id": "K1", "source_type": "response", "source_id": "V1", "owner": "kim",
         "created_at": "2026-06-02T12:00:00Z", "first_contacted_at": "2026-06-03T18:00:00Z",
         "closed_at": "2026-06-05T12:00:00Z", "outcome": "kept", "updated_at": "2026-06-05T12:00:00Z"},
        {"case_id": "K2", "source_type": "post", "source_id": "P1", "team": "care",
         "created_at": "2026-06-03T12:00:00Z", "updated_at": "2026-06-03T12:00:00Z"},
        # What the source says of it in July is not known yet.
        {"case_id": "K2", "source_type": "post", "source_id": "P1", "team": "care", "outcome": "kept",
         "created_at": "2026-06-03T12:00:00Z", "first_contacted_at": "2026-06-03T13:00:00Z",
         "updated_at": "2026-07-02T12:00:00Z"},
        {"case_id": "K3", "source_type": "ticket", "source_id": "1", "created_at": "2026-06-04T12:00:00Z",
         "first_contacted_at": "2026-06-30T22:00:00Z"},
        {"case_id": "K4", "source_type": "ticket", "source_id": "2", "created_at": "2026-06-30T12:00:00Z"},
    ],
}  # fmt: skip

NEEDS = [
    "dim_channels",
    "dim_locations",
    "dim_qa_items",
    "dim_sla_policies",
    "fct_cases",
    "fct_interactions",
    "fct_opportunities",
    "fct_qa_answers",
    "fct_qa_reviews",
    "fct_social_posts",
    "fct_survey_responses",
    "fct_tickets",
    "fct_trainings",
    "interaction_texts",
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("contact_centre")
    connection = build(home, LANDING, as_of="2026-06-30", vars={"reporting_timezone": "Europe/Warsaw"}, needs=NEEDS)
    yield connection
    connection.close()


def test_people_are_the_same_in_every_fact(warehouse):
    found = rows(
        warehouse,
        """
        select what, dense_rank() over (order by customer_id), lifecycle_status, segment
        from (
            select 'ticket ' || ticket_id as what, customer_key from core.fct_tickets
            union all select interaction_id, customer_key from core.fct_interactions
            union all select review_id, customer_key from core.fct_qa_reviews where form_id = 'F'
            union all select case_id, customer_key from core.fct_cases
            union all select 'post ' || post_id, customer_key from core.fct_social_posts
        ) as facts
        inner join core.dim_customers using (customer_key)
        """,
    )
    people: dict[int, set[str]] = {}
    for what, person, _, _ in found:
        people.setdefault(person, set()).add(what)
    assert sorted(people.values(), key=min) == [
        {"ticket 1", "i1", "whole", "without", "targeted", "calibration", "K1", "K3"},
        {"K2", "i3", "post P1"},
        {"K4"},
        {"i2", "failed"},
    ]
    # Bob called and nothing else is known of him; nobody knows whose ticket K4 is, because it does not exist yet.
    assert {(what, status, segment) for what, _, status, segment in found if what in ("i1", "i2", "K4")} == {
        ("i1", "lead", "smb"),
        ("i2", "lead", None),
        ("K4", "unknown", None),
    }


def test_interactions_have_agent_place_and_records_of_other_systems(warehouse):
    # i1 began on 11 June in Warsaw; the reply to i3 is of July.
    assert rows(
        warehouse,
        """
        select
            interaction_id, started_date::varchar, duration_minutes, interactions.team, locations.name,
            tickets.ticket_id, opportunities.opportunity_id, reply_minutes, is_proactive
        from core.fct_interactions as interactions
        inner join core.dim_locations as locations using (location_key)
        left join core.fct_tickets as tickets using (ticket_key)
        left join core.fct_opportunities as opportunities using (opportunity_key)
        order by 1
        """,
    ) == [
        ("i1", "2026-06-11", 4.5, "first line", "unknown", "1", None, None, None),
        ("i2", "2026-06-20", None, "second line", "Warsaw", None, None, None, None),
        ("i3", "2026-06-30", None, None, "unknown", None, "OP1", None, True),
    ]
    assert rows(warehouse, "select location_id, country, is_open from core.dim_locations order by 1") == [
        ("-1", None, False),
        ("L1", "PL", True),
        ("L2", None, False),
    ]
    assert {"phone", "store", "social"} <= {
        channel for (channel,) in rows(warehouse, "select channel from core.dim_channels")
    }


def test_review_scores_are_those_of_the_worked_example(warehouse):
    assert rows(
        warehouse,
        """
        select
            review_id, round(score, 4), soft_skills_score, process_adherence_score, compliance_score,
            overall_outcome_score, is_auto_fail, is_compliance_passed, is_counted, reviews.team, reviewers.team
        from core.fct_qa_reviews as reviews
        inner join core.dim_agents as reviewers on reviews.reviewer_key = reviewers.agent_key
        where form_id = 'F'
        order by review_id
        """,
    ) == [
        ("calibration", 81.25, 75.0, 50.0, 100.0, 100.0, False, True, False, "second line", "quality"),
        ("failed", 0.0, 75.0, 50.0, 0.0, 100.0, True, False, True, "second line", "quality"),
        ("targeted", 81.25, 75.0, 50.0, 100.0, 100.0, False, True, False, "second line", "quality"),
        ("whole", 81.25, 75.0, 50.0, 100.0, 100.0, False, True, True, "first line", "quality"),
        ("without", 91.6667, 75.0, None, 100.0, 100.0, False, True, True, "second line", "quality"),
    ]
    [(mean,)] = rows(warehouse, "select avg(score) from core.fct_qa_reviews where form_id = 'IQS' and is_counted")
    assert mean == pytest.approx(52.972)


def test_answers_keep_what_does_not_count(warehouse):
    assert rows(
        warehouse,
        """
        select exclusion_reason, qa_review_key is null, count(*), sum(is_counted::int)
        from core.fct_qa_answers where review_id not like 'iqs%' group by all order by all
        """,
    ) == [
        ("not_applicable", False, 1, 0),
        ("unknown_item", True, 4, 0),
        (None, False, 19, 11),
    ]
    assert rows(
        warehouse, "select training_id, area, team, qa_item_key <> -1, completed_on::varchar from core.fct_trainings"
    ) == [("T1", "compliance", "second line", True, "2026-06-29")]


def test_cases_follow_up_what_customers_said(warehouse):
    assert rows(
        warehouse,
        """
        select
            case_id, cases.status, outcome, cases.team, hours_to_first_contact, hours_to_close, responses.response_id,
            posts.post_id, tickets.ticket_id
        from core.fct_cases as cases
        left join core.fct_survey_responses as responses using (response_key)
        left join core.fct_social_posts as posts using (post_key)
        left join core.fct_tickets as tickets on cases.ticket_key = tickets.ticket_key
        order by 1
        """,
    ) == [
        ("K1", "closed", "kept", "first line", 30.0, 72.0, "V1", None, None),
        ("K2", "open", None, "care", None, None, None, "P1", None),
        ("K3", "open", None, None, None, None, None, None, "1"),
        ("K4", "open", None, None, None, None, None, None, None),
    ]


def test_tickets_find_the_targets_of_their_policy_then(warehouse):
    assert rows(
        warehouse,
        """
        select tickets.ticket_id, metric, target_minutes, hours
        from core.fct_tickets as tickets
        inner join core.dim_sla_policies as targets
            on
                tickets.source_system = targets.source_system
                and tickets.sla_policy_id = targets.policy_id
                and tickets.created_at >= targets.valid_from
                and tickets.created_at < targets.valid_to
        """,
    ) == [("1", "first_reply", 30.0, "business")]


def test_what_was_said_is_restricted(warehouse):
    assert rows(
        warehouse, "select interaction_id, social_handle, body from restricted.interaction_texts order by 1"
    ) == [("i1", None, "Where is my kettle?"), ("i3", "carol", None)]
