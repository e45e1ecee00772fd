"""The demo company's rows follow what is planted: who is who, business minutes, answers, purchases and churn."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import phonenumbers
import pytest

from ingest.demo import write_demo
from ingest.demo.calendars import ALWAYS, NEW_YORK, POLISH_HOLIDAYS, WARSAW, BusinessClock

CUSTOMERS = 4_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    write_demo(home / "landing", customers=CUSTOMERS, seed=11, faults=False)
    return home


def _rows(home: Path, sql: str) -> list[tuple]:
    """Rows of a query in which {truth} and {landing} stand for the folders."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(sql.format(truth=home / "demo" / "truth", landing=home / "landing")).fetchall()


def _contacts(home: Path) -> list[tuple[str, str, str, str | None, str | None, str, str | None]]:
    """(source, id, person, e-mail, phone, country, id in the CRM) of every contact of every system."""
    texts = "union_by_name = true, all_varchar = true"
    return _rows(
        home,
        f"""
        with delivered as (
            select 'crm' as source_system, contact_id, email, phone, country, null as external_ids
            from read_csv('{{landing}}/crm/contacts/contacts_2*.csv', {texts})
            union all
            select 'crm', contact_id, email, null, country, null
            from read_csv('{{landing}}/crm/contacts/contacts_leads.csv', {texts})
            union all
            select regexp_extract(filename, 'landing/(\\w+)/', 1), contact_id, email, phone, country, external_ids
            from read_csv(
                ['{{landing}}/webshop/contacts/*.csv', '{{landing}}/billing/contacts/*.csv',
                 '{{landing}}/survey_tool/contacts/*.csv'], filename = true, {texts}
            )
            union all
            select 'helpdesk', contact_id, email, phone, country, external_ids
            from read_json('{{landing}}/helpdesk/contacts/*.jsonl', columns = {{{{
                contact_id: 'varchar', email: 'varchar', phone: 'varchar', country: 'varchar', external_ids: 'varchar'
            }}}})
        )
        select
            delivered.source_system, contact_id, person_id, lower(trim(email)), phone, country,
            json_extract_string(external_ids, '$.crm')
        from delivered
        inner join '{{truth}}/people.parquet' as people
            on people.source_system = delivered.source_system and people.source_id = contact_id
        where entity = 'contacts'
        """,
    )


def test_no_two_persons_share_an_address_or_a_number(home: Path) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for _, _, person, email, phone, country, _ in _contacts(home):
        if email:
            owners[email].add(person)
        if phone:
            number = phonenumbers.parse(phone, country)
            assert phonenumbers.is_valid_number(number), phone
            owners[phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)].add(person)
    assert len(owners) > CUSTOMERS
    assert {key for key, persons in owners.items() if len(persons) > 1} == set()


def test_exact_keys_lead_to_exactly_the_true_persons(home: Path) -> None:
    """Records joined through shared keys, by a union-find of our own, are the persons of the truth."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    contacts = _contacts(home)
    for source, contact, _, email, phone, country, crm in contacts:
        record = root(f"{source}:{contact}")
        keys = [email, f"crm:{crm}" if crm else None]
        if phone:
            number = phonenumbers.parse(phone, country)
            keys.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        for key in filter(None, keys):
            parent[root(key)] = record
            record = root(record)
    found, true = defaultdict(set), defaultdict(set)
    for source, contact, person, *_ in contacts:
        found[root(f"{source}:{contact}")].add((source, contact))
        true[person].add((source, contact))
    assert sum(len(records) > 1 for records in true.values()) > CUSTOMERS / 2
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, true.values()))


def test_ids_of_different_systems_name_different_people(home: Path) -> None:
    shared = _rows(
        home,
        """
        select count(*), count(*) filter (where shop.person_id = desk.person_id)
        from '{truth}/people.parquet' as shop inner join '{truth}/people.parquet' as desk using (source_id, entity)
        where shop.source_system = 'webshop' and desk.source_system = 'helpdesk' and entity = 'contacts'
        """,
    )
    [(ids, same)] = shared
    assert ids > 500
    assert same < ids / 100


def _instant(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("schedule", "start", "end", "minutes"),
    [
        # Friday 16:30 to 17:00 and Monday 9:00 to 9:45: 30 + 45.
        (WARSAW, "2026-03-06T16:30", "2026-03-09T09:45", 75),
        # Saturday noon to Monday noon over the clocks going forward: Monday 9:00 to 12:00.
        (WARSAW, "2026-03-28T12:00", "2026-03-30T12:00", 180),
        # The same when everyone works all the time: 48 hours less the one that was skipped.
        (ALWAYS, "2026-03-28T12:00", "2026-03-30T12:00", 47 * 60),
        # And 49 hours in autumn.
        (ALWAYS, "2025-10-25T12:00", "2025-10-27T12:00", 49 * 60),
        # Thursday 2025-05-01 is a holiday in Poland: Wednesday 16:00 to 17:00 and Friday 9:00 to 10:00.
        (WARSAW, "2025-04-30T16:00", "2025-05-02T10:00", 120),
        # New York works on Saturdays from 10 to 14: Friday 17:00 to 18:00, Saturday 4 hours, Monday 8:00 to 8:30.
        (NEW_YORK, "2025-06-06T17:00", "2025-06-09T08:30", 60 + 240 + 30),
    ],
)
def test_business_minutes_are_exact(schedule, start: str, end: str, minutes: int) -> None:  # type: ignore[no-untyped-def]
    clock = BusinessClock(schedule, date(2025, 1, 1), date(2026, 12, 31))
    begin, finish = (np.array([_instant(text, schedule.timezone)]) for text in (start, end))
    assert (clock.position(finish) - clock.position(begin)).tolist() == [minutes * 60]
    assert clock.instant(clock.position(begin) + minutes * 60).tolist() == finish.tolist()


def test_replies_of_a_weekday_team_fall_into_its_hours(home: Path) -> None:
    replies = _rows(
        home,
        """
        select first_replied_at, first_reply_business_minutes from '{truth}/tickets.parquet'
        where team in ('billing', 'technical') and first_replied_at is not null
        """,
    )
    assert len(replies) > 1_000
    for replied_at, minutes in replies:
        local = replied_at.astimezone(ZoneInfo("Europe/Warsaw"))
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        assert local.isoweekday() <= 5
        assert local.date() not in POLISH_HOLIDAYS
        assert 9 * 3600 <= seconds <= 17 * 3600
        assert minutes > 0


def test_first_replies_are_the_first_public_words_of_an_agent(home: Path) -> None:
    """The truth's replies against the events, found there by their own definition."""
    wrong = _rows(
        home,
        """
        with events as (
            select * from read_json('{landing}/helpdesk/ticket_events/*.jsonl.gz', columns = {{
                event_id: 'varchar', ticket_id: 'varchar', occurred_at: 'timestamptz', event_type: 'varchar',
                actor_type: 'varchar', is_public: 'boolean', old_value: 'varchar', new_value: 'varchar'
            }})
        ),
        replies as (
            select events.ticket_id, min(occurred_at) as first_replied_at, count(*) as replies
            from events inner join '{truth}/tickets.parquet' as tickets using (ticket_id)
            where event_type = 'comment' and actor_type = 'agent' and is_public and occurred_at > created_at
            group by events.ticket_id
        ),
        transitions as (
            select *, lag(new_value) over (partition by ticket_id order by occurred_at, event_id) as status_before
            from events where event_type = 'status'
        ),
        solutions as (
            select
                ticket_id,
                min(occurred_at) filter (where new_value in ('solved', 'closed')) as first_solved_at,
                count(*) filter (
                    where status_before in ('solved', 'closed') and new_value not in ('solved', 'closed')
                ) as reopen_count,
                count(*) filter (where old_value <> status_before) as contradictions
            from transitions group by ticket_id
        )
        select
            count(*) filter (where replies.first_replied_at is distinct from tickets.first_replied_at),
            count(*) filter (where coalesce(replies, 0) <> agent_reply_count),
            count(*) filter (where solutions.first_solved_at is distinct from tickets.first_solved_at),
            count(*) filter (where solutions.reopen_count <> tickets.reopen_count),
            sum(contradictions)
        from '{truth}/tickets.parquet' as tickets
        left join replies using (ticket_id)
        left join solutions using (ticket_id)
        """,
    )
    assert wrong == [(0, 0, 0, 0, 0)]


def test_reply_times_have_the_planted_medians(home: Path) -> None:
    """The median of n lognormal times has a standard error of about 1.25 sigma / sqrt(n) on the log scale."""
    teams = _rows(
        home,
        """
        select teams.median_first_reply_business_minutes, median(first_reply_business_minutes), count(*)
        from '{truth}/tickets.parquet' inner join '{truth}/teams.parquet' as teams using (team)
        where first_replied_at is not null and not is_agent_opened group by all
        """,
    )
    assert len(teams) == 4
    for planted, sampled, count in teams:
        assert abs(math.log(sampled / planted)) < 4 * 1.25 * 0.9 / math.sqrt(count)


def _within(share: float, planted: float, count: int) -> bool:
    """Whether a sampled share lies within four standard errors of the planted one."""
    return abs(share - planted) < 4 * math.sqrt(planted * (1 - planted) / count) + 1e-9


def test_answers_follow_the_planted_nps_of_each_cell(home: Path) -> None:
    cells = _rows(
        home,
        """
        select
            p_promoter_answering, p_detractor_answering, p_detractor,
            avg((nps_group = 'promoter')::int), avg((nps_group = 'detractor')::int), count(*)
        from '{truth}/nps_cells.parquet' as cells
        inner join '{truth}/nps_answers.parquet' as answers
            on answers.segment = cells.segment and answers.channel = cells.channel
            and cells.touchpoint
                = case survey_id when 'SV-REL' then 'relationship' when 'SV-BUY' then 'purchase' else 'support' end
        group by all
        """,
    )
    assert len(cells) >= 24  # enterprises buy nothing in the shop, but for those that were small when they did
    for p_promoter, p_detractor, p_detractor_asked, promoters, detractors, count in cells:
        assert _within(promoters, p_promoter, count)
        assert _within(detractors, p_detractor, count)
        assert p_detractor < p_detractor_asked


def test_cells_have_dozens_of_answers_at_the_default_size(tmp_path: Path) -> None:
    write_demo(tmp_path / "landing")
    counts = _rows(
        tmp_path,
        """
        select count(distinct person_id) from '{truth}/nps_answers.parquet'
        where survey_id = 'SV-REL' and segment is not null and responded_at >= '2025-07-01' group by segment, channel
        """,
    )
    assert len(counts) == 9
    assert min(counts) >= (24,)


def test_delivered_scores_are_those_of_the_truth(home: Path) -> None:
    [(rows, agreeing)] = _rows(
        home,
        """
        select count(*), count(*) filter (
            where nps_group = case when value_number >= 9 then 'promoter' when value_number >= 7 then 'passive'
            else 'detractor' end
        )
        from '{truth}/nps_answers.parquet'
        inner join read_csv('{landing}/survey_tool/survey_answers/*.csv') as answers using (response_id)
        where question_id in ('Q-NPS', 'Q-NPS-BUY', 'Q-NPS-SUP')
        """,
    )
    assert rows == agreeing > 1_000


def test_effort_is_easy_as_planted_in_both_directions(home: Path) -> None:
    shares = _rows(
        home,
        """
        select question_version, teams.easy_share, count(*),
            avg((case when question_version = 1 then 8 - value_number else value_number end >= 5)::int)
        from '{truth}/support_answers.parquet'
        inner join '{truth}/teams.parquet' as teams using (team)
        inner join read_csv('{landing}/survey_tool/survey_answers/*.csv') using (response_id)
        where question_id = 'Q-CES' group by all
        """,
    )
    assert len(shares) == 8
    assert all(_within(share, planted, count) for _, planted, count, share in shares)


def test_support_answers_follow_the_planted_shares(home: Path) -> None:
    teams = _rows(
        home,
        """
        select
            satisfied_share, avg(is_satisfied::int),
            fcr_reported_share, avg(is_resolved_at_first_contact::int),
            count(*)
        from '{truth}/support_answers.parquet' inner join '{truth}/teams.parquet' using (team) group by all
        """,
    )
    assert len(teams) == 4
    for satisfied, satisfied_sampled, resolved, resolved_sampled, count in teams:
        assert _within(satisfied_sampled, satisfied, count)
        assert _within(resolved_sampled, resolved, count)


def test_buyers_follow_the_planted_models(home: Path) -> None:
    planted = dict(_rows(home, "select parameter, value from '{truth}/model_parameters.parquet'"))
    [(rate, dropout, buyers)] = _rows(
        home, "select avg(purchases_per_week), avg(dropout_probability), count(*) from '{truth}/buyers.parquet'"
    )
    r, alpha, a, b = (planted[name] for name in ("r", "alpha", "a", "b"))
    # Means of a gamma and a beta law, each within four standard errors.
    assert abs(rate - r / alpha) < 4 * math.sqrt(r) / alpha / math.sqrt(buyers)
    deviation = math.sqrt(a * b / (a + b) ** 2 / (a + b + 1))
    assert abs(dropout - a / (a + b)) < 4 * deviation / math.sqrt(buyers)


def test_orders_cost_what_the_spend_model_says(home: Path) -> None:
    """The mean of p gamma draws is p v / (q - 1) over buyers; heavy-tailed, so within a tenth."""
    planted = dict(_rows(home, "select parameter, value from '{truth}/model_parameters.parquet'"))
    [(mean,)] = _rows(
        home,
        """
        with orders as (
            from read_parquet(['{landing}/webshop/orders/orders_2*.parquet', '{landing}/webshop/orders/*corr*.parquet'])
            where currency = 'USD' and status = 'completed'
            qualify row_number() over (partition by order_id order by updated_at desc) = 1
        )
        select avg(net_amount) from (select avg(net_amount) as net_amount from orders where contact_id is not null
        group by contact_id)
        """,
    )
    assert mean == pytest.approx(planted["p"] * planted["v"] / (planted["q"] - 1), rel=0.1)


def test_payers_leave_at_the_planted_rate(home: Path) -> None:
    for segment, at_start, left, hazard in _rows(
        home,
        """
        select segment, sum(customers_at_start), sum(customers_left), any_value(monthly_hazard)
        from '{truth}/churn_months.parquet' group by segment
        """,
    ):
        # Pauses, which count as leaving for a while, come on top: at most one company in a thousand a month.
        assert at_start > 500, segment
        assert _within(left / at_start, hazard + 0.0015, at_start), segment


def test_as_of_and_seed_are_written_down(home: Path) -> None:
    assert json.loads((home / "demo.json").read_text()) == {
        "as_of": "2026-06-30",
        "seed": 11,
        "customers": 4000,
        "sources": ["billing", "crm", "helpdesk", "planning", "service_centre", "social", "survey_tool", "webshop"],
    }
