"""The planted truth as Parquet tables beside the landing folder, for tests and for judging the warehouse's estimates.

Row-level truth is appended chunk by chunk; rates and parameters are written once. Nothing of it lands: the warehouse
never reads these files.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.demo import parameters as planted
from ingest.demo.billing import MONTH_STARTS
from ingest.demo.columns import Ints, constant, days, ids, instants, keep, pick, table
from ingest.demo.people import People
from ingest.demo.surveys import GROUPS, nps_probabilities
from ingest.demo.writers import Format

FORMAT = Format("parquet")


def identities(
    source_system: str,
    entity: str,
    source_id: pa.Array | pa.ChunkedArray,
    person_id: pa.Array | pa.ChunkedArray,
) -> pa.Table:
    """Which person each source record belongs to; records of nobody in particular are left out."""
    rows = table(
        source_system=constant(source_system, len(source_id)),
        entity=constant(entity, len(source_id)),
        source_id=source_id,
        person_id=person_id,
    )
    return rows.filter(pc.is_valid(rows["person_id"]))


def persons(people: People) -> pa.Table:
    """One row per person: how the company would describe them."""
    return table(
        person_id=people.person_id,
        segment=pick(planted.SEGMENTS, people.segment),
        country=pick(planted.COUNTRIES, people.country),
        channel=pick(planted.CHANNELS, people.channel),
        account_id=keep(people.account >= 0, ids("ACC-", np.maximum(people.account, 0), width=6)),
        is_test=pa.array(people.is_test),
        is_lead=pa.array(people.is_lead),
        is_guest=pa.array(people.is_guest),
        is_buyer=pa.array(people.is_buyer),
        is_payer=pa.array(people.is_payer),
        acquired_at=instants(people.acquired_at),
    )


def nps_cells() -> pa.Table:
    """Planted NPS per touchpoint, segment and channel: among all asked, and expected among those who answer."""
    rows = []
    for touchpoint in ("relationship", "purchase", "support"):
        for segment in planted.SEGMENTS:
            for channel in planted.CHANNELS:
                shares = nps_probabilities(segment, channel, touchpoint)
                rates = [planted.RESPONSE_BY_GROUP[name] for name in GROUPS]
                answering = [share * rate for share, rate in zip(shares, rates, strict=True)]
                total = sum(answering)
                rows.append(
                    {
                        "touchpoint": touchpoint,
                        "segment": segment,
                        "channel": channel,
                        "p_promoter": shares[0],
                        "p_passive": shares[1],
                        "p_detractor": shares[2],
                        "nps_of_asked": 100 * (shares[0] - shares[2]),
                        "p_promoter_answering": answering[0] / total,
                        "p_detractor_answering": answering[2] / total,
                        "nps_of_answering": 100 * (answering[0] - answering[2]) / total,
                    }
                )
    return pa.Table.from_pylist(rows)


def response_rates() -> pa.Table:
    """Planted probability that a delivered invitation is answered, by segment and by what the answer would be."""
    return pa.Table.from_pylist(
        [
            {"segment": segment, "nps_group": group, "response_probability": rate * planted.RESPONSE_BY_GROUP[group]}
            for segment, rate in planted.RESPONSE_BY_SEGMENT.items()
            for group in GROUPS
        ]
    )


def teams() -> pa.Table:
    """What is planted about each support team."""
    return pa.Table.from_pylist(
        [
            {
                "team": each.name,
                "category": each.category,
                "schedule_id": each.schedule_id,
                "median_first_reply_business_minutes": each.median_reply_minutes,
                "reopen_probability": each.p_reopen,
                "repeat_contact_probability": each.p_repeat,
                "second_reply_probability": each.p_second_reply,
                "satisfied_share": sum(each.csat[3:]),
                "easy_share": each.ease,
                "fcr_reported_share": planted.P_FIRST_CONTACT_RESOLVED,
            }
            for each in planted.TEAMS
        ]
    )


def model_parameters() -> pa.Table:
    """Parameters of the purchase and the spend model (weeks, USD)."""
    models: Mapping[str, Mapping[str, float]] = {"bgnbd": planted.BGNBD, "gamma_gamma": planted.GAMMA_GAMMA}
    return pa.Table.from_pylist(
        [
            {"model": model, "parameter": parameter, "value": value}
            for model, parameters in models.items()
            for parameter, value in parameters.items()
        ]
    )


def churn_months(opened: Ints, left: Ints) -> pa.Table:
    """Paying customers at each month's opening, those of them gone at its close, and the planted hazard."""
    segments, months = opened.shape
    segment = np.repeat(np.arange(segments), months)
    return table(
        segment=pa.array([planted.SEGMENTS[position] for position in segment]),
        month=days(np.tile(MONTH_STARTS[:-1], segments)),
        customers_at_start=pa.array(opened.ravel()),
        customers_left=pa.array(left.ravel()),
        monthly_hazard=pa.array([planted.MONTHLY_CHURN[planted.SEGMENTS[position]] for position in segment]),
    )


def totals(counts: Mapping[str, int]) -> pa.Table:
    """Exact counts of the sound rows, by name."""
    return table(name=pa.array(list(counts)), value=pa.array(list(counts.values()), pa.int64()))


def files(rows: Mapping[str, int]) -> pa.Table:
    """Data rows of each delivered file, sound and faulty; copies, empty and unreadable files are left out."""
    return table(file=pa.array(list(rows)), row_count=pa.array(list(rows.values()), pa.int64()))


def planted_tables() -> dict[str, pa.Table]:
    """Everything that is planted as a rate or a parameter, by the name of its table."""
    return {
        "nps_cells": nps_cells(),
        "response_rates": response_rates(),
        "teams": teams(),
        "model_parameters": model_parameters(),
    }
