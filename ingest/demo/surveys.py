"""The survey tool: questionnaires, invitations, responses and answers.

Every person invited would give a certain answer; whether they give it depends on it, because detractors answer less.
The relational survey asks each customer once a year, the transactional ones after orders and solved tickets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.columns import (
    DAY,
    HOUR,
    Flags,
    Floats,
    Ints,
    Text,
    choose,
    constant,
    draw,
    ids,
    instants,
    keep,
    numbers,
    pick,
    table,
)
from ingest.demo.people import CUT, START, People, spell_email

RESPONSES_PER_CHUNK = 1_000_000
EFFORT_TURNED_AT = START + 365 * DAY

SURVEYS = ("SV-REL", "SV-BUY", "SV-SUP")
RELATIONAL, PURCHASE, SUPPORT = range(3)
TOUCHPOINTS = (None, "purchase", "support")
GROUPS = ("promoter", "passive", "detractor")
_COMMENTS = ("Quick and friendly", "Took too long", "All good", "Too expensive", "Easy to use", "Hard to reach anyone")


def surveys() -> pa.Table:
    """The questionnaires: one relational, two transactional."""
    return table(
        survey_id=pa.array(SURVEYS),
        name=pa.array(["Relationship survey", "After your order", "After your request"]),
        programme=pa.array(["relational", "transactional", "transactional"]),
        method=constant("survey", 3),
        department=pa.array(["cx", "shop", "support"]),
        touchpoint=pa.array(TOUCHPOINTS),
        owner=constant("cx team", 3),
    )


# question id, survey, metric, text, lowest, highest, satisfied from, direction, version, in force from
_QUESTIONS: Sequence[tuple[str, str, str, str, int | None, int | None, int | None, str | None, str, int]] = (
    ("Q-NPS", "SV-REL", "nps", "How likely are you to recommend us?", 0, 10, None, "high_good", "1", START),
    ("Q-WHY", "SV-REL", "text", "What is the reason for your score?", None, None, None, None, "1", START),
    ("Q-NPS-BUY", "SV-BUY", "nps", "After this order, would you recommend us?", 0, 10, None, "high_good", "1", START),
    ("Q-CSAT", "SV-SUP", "csat", "How satisfied are you with our help?", 1, 5, 4, "high_good", "1", START),
    ("Q-FCR", "SV-SUP", "fcr", "Was it resolved at first contact?", 0, 1, 1, "high_good", "1", START),
    ("Q-CES", "SV-SUP", "ces", "How much effort did it take you?", 1, 7, None, "low_good", "1", START),
    ("Q-CES", "SV-SUP", "ces", "We made it easy to handle my issue", 1, 7, 5, "high_good", "2", EFFORT_TURNED_AT),
    ("Q-NPS-SUP", "SV-SUP", "nps", "After this contact, would you recommend us?", 0, 10, None, "high_good", "1", START),
)
_OBJECTS = {"SV-REL": "company", "SV-BUY": "interaction", "SV-SUP": "service"}
_LANGUAGES = ("en", "de", "fr")


def survey_questions() -> pa.Table:
    """Every question in every language; the effort question changed its wording and direction after a year."""
    rows = [
        (*question[:2], question[2], _OBJECTS[question[1]], question[3], language, *question[4:9])
        for question in _QUESTIONS
        for language in _LANGUAGES
    ]
    names = (
        "question_id", "survey_id", "metric", "object", "text", "language",
        "scale_min", "scale_max", "satisfied_from", "direction", "version",
    )  # fmt: skip
    columns = dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True))
    since = np.array([question[9] for question in _QUESTIONS for _ in _LANGUAGES], dtype=np.int64)
    return pa.table({**columns, "valid_from": instants(since)})


@dataclass(frozen=True)
class Subjects:
    """What customers can be asked about: its id, whose it is, and when it was over (after the cut if never)."""

    names: Text
    person: Ints
    at: Ints


@dataclass(frozen=True)
class _Asked:
    """Invitations before anyone answers; ``reference`` is the row of the ticket or order asked about, else -1."""

    person: Ints
    survey: Ints
    sent_at: Ints
    reference: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Answered:
    """Delivered tables of one chunk and the truth about each NPS answer (``nps_truth``).

    ``relational`` are the whole answers to the relationship survey: response, recommendation, instant.
    """

    sent_at: Ints
    invitations: pa.Table
    responded_at: Ints
    responses: pa.Table
    answered_at: Ints
    answers: pa.Table
    person_of_response: pa.Table
    relational: tuple[pa.Array, Ints, Ints]
    nps_truth: pa.Table
    score_truth: pa.Table
    situations: Mapping[str, int]


def nps_probabilities(segment: str, channel: str, touchpoint: str) -> tuple[float, float, float]:
    """Planted shares of promoters, passives and detractors among all whom the survey asks."""
    promoters, passives, _ = planted.NPS_BY_SEGMENT[segment]
    promoters += planted.NPS_SHIFT_BY_CHANNEL[channel] + planted.NPS_SHIFT_BY_TOUCHPOINT[touchpoint]
    return promoters, passives, 1 - promoters - passives


def make_answers(
    rng: np.random.Generator,
    people: People,
    bought: Subjects,
    helped: Subjects,
    team_of_ticket: Ints,
    chunk: int,
) -> Answered:
    """Ask about purchases (``bought``), solved tickets (``helped``) and the relationship; those answer who would."""
    asked = _ask(rng, people, bought, helped)
    size = len(asked)
    number = chunk * RESPONSES_PER_CHUNK + 1 + np.arange(size)
    person, survey = asked.person, asked.survey
    segment, channel = people.segment_at(person, asked.sent_at), people.channel[person]
    team = np.zeros(size, dtype=np.int64)
    team[survey == SUPPORT] = team_of_ticket[asked.reference[survey == SUPPORT]]

    group = _groups(rng, segment, channel, survey)
    score = _scores(rng, group)
    csat = _csat(rng, team, group)
    bias = np.array([planted.RESPONSE_BY_GROUP[name] for name in GROUPS])[group]
    chance = np.array([planted.RESPONSE_BY_SEGMENT[name] for name in planted.SEGMENTS])[segment] * bias
    bounced = rng.random(size) < planted.P_BOUNCED
    responded_at = asked.sent_at + HOUR + (rng.exponential(1.5, size) * DAY).astype(np.int64)
    answers = ~bounced & (rng.random(size) < chance) & (responded_at < CUT)
    partial = ~bounced & ~answers & (rng.random(size) < planted.P_PARTIAL) & (responded_at < CUT)
    started = answers | partial
    opened = started | (~bounced & (rng.random(size) < 0.5))
    who = pa.array(person)
    address = spell_email(rng, people.email.take(who))
    contact = people.survey_id.take(who)
    by_order, by_ticket = survey == PURCHASE, survey == SUPPORT
    order_id = _referenced(bought.names, asked.reference, by_order)
    ticket_id = _referenced(helped.names, asked.reference, by_ticket)
    channel_name = pick(planted.CHANNELS, channel)
    invitations = table(
        invitation_id=ids("IV-", number),
        survey_id=pick(SURVEYS, survey),
        contact_id=contact,
        email=keep(np.array(contact.is_null()), address),
        channel=channel_name,
        touchpoint=pick(TOUCHPOINTS, survey),
        ticket_id=ticket_id,
        order_id=order_id,
        sent_at=instants(asked.sent_at),
        delivered_at=instants(asked.sent_at + 30, ~bounced & (asked.sent_at + 30 < CUT)),
        bounced_at=instants(asked.sent_at + 45, bounced & (asked.sent_at + 45 < CUT)),
        opened_at=instants(asked.sent_at + HOUR // 2, opened & (asked.sent_at + HOUR // 2 < CUT)),
        started_at=instants(responded_at - 60, started),
        completed_at=instants(responded_at, answers),
    )
    kept = np.flatnonzero(started)
    at = pa.array(kept)
    # The relational survey can be opened by a plain link: who comes that way stays unknown.
    complete = answers[kept]
    anonymous = (survey[kept] == RELATIONAL) & (rng.random(len(kept)) < 0.02)
    responses = table(
        response_id=ids("RS-", number[kept]),
        survey_id=pick(SURVEYS, survey[kept]),
        invitation_id=keep(~anonymous, ids("IV-", number[kept])),
        contact_id=keep(~anonymous, contact.take(at)),
        email=keep(~anonymous & np.array(contact.take(at).is_null()), address.take(at)),
        ticket_id=ticket_id.take(at),
        order_id=order_id.take(at),
        touchpoint=pick(TOUCHPOINTS, survey[kept]),
        channel=choose(anonymous, "web", channel_name.take(at)),
        language=pick(planted.COUNTRY_LANGUAGES, people.country[person[kept]]),
        started_at=instants(responded_at[kept] - 60),
        responded_at=instants(responded_at[kept]),
        is_complete=pa.array(complete),
        is_test=pa.array(np.zeros(len(kept), dtype=bool)),
    )
    effort_version = np.where(asked.sent_at < EFFORT_TURNED_AT, 1, 2)
    ease = np.array([each.ease for each in planted.TEAMS])[team]
    easy = 5 + draw(rng, size, (0.35, 0.35, 0.30))
    ease_score = np.where(rng.random(size) < ease, easy, 1 + rng.integers(0, 4, size))
    resolved = rng.random(size) < planted.P_FIRST_CONTACT_RESOLVED
    answer_at, answer_rows = _answers(
        rng, number, kept, complete, survey, responded_at, score, csat, ease_score, effort_version, resolved
    )
    real = kept[complete & ~people.is_test[person[kept]]]
    known = ~anonymous[complete & ~people.is_test[person[kept]]]
    nps_truth = table(
        response_id=ids("RS-", number[real]),
        person_id=keep(known, people.person_id.take(pa.array(person[real]))),
        survey_id=pick(SURVEYS, survey[real]),
        segment=keep(known, pick(planted.SEGMENTS, segment[real])),
        channel=choose(known, channel_name.take(pa.array(real)), "web"),
        responded_at=instants(responded_at[real]),
        nps_group=pick(GROUPS, group[real]),
    )
    supported = real[survey[real] == SUPPORT]
    score_truth = table(
        response_id=ids("RS-", number[supported]),
        team=pick([each.name for each in planted.TEAMS], team[supported]),
        is_satisfied=pa.array(csat[supported] >= 4),
        is_easy=pa.array(ease_score[supported] >= 5),
        is_resolved_at_first_contact=pa.array(resolved[supported]),
    )
    persons = table(
        source_id=ids("RS-", number[kept]), person_id=keep(~anonymous, people.person_id.take(pa.array(person[kept])))
    )
    related = kept[complete & (survey[kept] == RELATIONAL)]
    old_effort = answers & (survey == SUPPORT) & (effort_version == 1)
    return Answered(
        sent_at=asked.sent_at,
        invitations=invitations,
        responded_at=responded_at[kept],
        responses=responses,
        answered_at=answer_at,
        answers=answer_rows,
        person_of_response=persons,
        relational=(ids("RS-", number[related]), score[related], responded_at[related]),
        nps_truth=nps_truth,
        score_truth=score_truth,
        situations={
            "partial_responses": int(partial.sum()),
            "anonymous_responses": int(anonymous.sum()),
            "bounced_invitations": int(bounced.sum()),
            "effort_asked_the_other_way": int(old_effort.sum()),
        },
    )


def _ask(rng: np.random.Generator, people: People, bought: Subjects, helped: Subjects) -> _Asked:
    everyone = np.arange(len(people))
    known = ~people.is_lead & ~people.is_guest
    yearly_day = (rng.random(len(people)) * 360 * DAY).astype(np.int64)
    parts: list[tuple[Ints, int, Ints, Ints]] = []
    for year in range(2):
        sent = START + year * 365 * DAY + yearly_day
        chosen = everyone[known & (people.acquired_at + 30 * DAY < sent)]
        parts.append((chosen, RELATIONAL, sent[chosen], np.full(len(chosen), -1)))
    for survey, subjects, share, delay in (
        (PURCHASE, bought, planted.P_SURVEYED_ORDER, 3 * DAY),
        (SUPPORT, helped, planted.P_SURVEYED_TICKET, 2 * HOUR),
    ):
        surveyed = rng.random(len(subjects.person)) < share
        about = np.flatnonzero(surveyed & (subjects.at < CUT) & known[subjects.person])
        parts.append((subjects.person[about], survey, subjects.at[about] + delay, about))
    person = np.concatenate([part[0] for part in parts])
    surveys_asked = np.concatenate([np.full(len(part[0]), part[1]) for part in parts])
    sent_at = np.concatenate([part[2] for part in parts])
    reference = np.concatenate([part[3] for part in parts])
    inside = sent_at < CUT - 60
    return _Asked(person[inside], surveys_asked[inside], sent_at[inside], reference[inside])


def _referenced(names: Text, reference: Ints, mask: Flags) -> Text:
    if len(names) == 0:
        return pa.nulls(len(reference), pa.string())
    return keep(mask, names.take(pa.array(np.where(mask, reference, 0))))


def _groups(rng: np.random.Generator, segment: Ints, channel: Ints, survey: Ints) -> Ints:
    touchpoints = ("relationship", "purchase", "support")
    shares = np.array(
        [
            [[nps_probabilities(name, way, touchpoint) for way in planted.CHANNELS] for name in planted.SEGMENTS]
            for touchpoint in touchpoints
        ]
    )[survey, segment, channel]
    drawn = rng.random(len(segment))
    return (drawn >= shares[:, 0]).astype(np.int64) + (drawn >= shares[:, 0] + shares[:, 1])


def _scores(rng: np.random.Generator, group: Ints) -> Ints:
    score = np.zeros(len(group), dtype=np.int64)
    for position, name in enumerate(GROUPS):
        mine = group == position
        values, weights = zip(*planted.SCORES_BY_GROUP[name].items(), strict=True)
        score[mine] = np.array(values)[draw(rng, int(mine.sum()), weights)]
    return score


def _csat(rng: np.random.Generator, team: Ints, group: Ints) -> Ints:
    """Answers 1 to 5 with the team's probabilities, the same in every NPS group, so that bias does not move them."""
    shares = np.cumsum(np.array([each.csat for each in planted.TEAMS]), axis=1)[team]
    drawn: Floats = rng.random(len(group))
    return 1 + (drawn[:, None] >= shares[:, :4]).sum(axis=1)


def _answers(
    rng: np.random.Generator,
    number: Ints,
    kept: Ints,
    complete: Flags,
    survey: Ints,
    responded_at: Ints,
    score: Ints,
    csat: Ints,
    ease: Ints,
    effort_version: Ints,
    resolved: Flags,
) -> tuple[Ints, pa.Table]:
    """One row per question answered; partial responses stop after the first question."""
    # The old effort question is asked the other way round: 1 is no effort at all.
    effort = np.where(effort_version == 1, 8 - ease, ease)
    comments = rng.random(len(number)) < 0.3
    ones = np.ones(len(number), dtype=np.int64)
    full = np.zeros(len(number), dtype=bool)
    full[kept[complete]] = True
    seen = np.zeros(len(number), dtype=bool)
    seen[kept] = True
    plan = (
        ("Q-NPS", seen & (survey == RELATIONAL), score, ones),
        ("Q-NPS-BUY", seen & (survey == PURCHASE), score, ones),
        ("Q-CSAT", seen & (survey == SUPPORT), csat, ones),
        ("Q-FCR", full & (survey == SUPPORT), resolved.astype(np.int64), ones),
        ("Q-CES", full & (survey == SUPPORT), effort, effort_version),
        ("Q-NPS-SUP", full & (survey == SUPPORT), score, ones),
    )
    pieces, at = [], []
    for question, mask, value, version in plan:
        rows = np.flatnonzero(mask)
        at.append(responded_at[rows])
        pieces.append(
            table(
                response_id=ids("RS-", number[rows]),
                question_id=constant(question, len(rows)),
                question_version=ids("", version[rows]),
                value_number=numbers(value[rows]),
                value_text=pa.nulls(len(rows), pa.string()),
            )
        )
    rows = np.flatnonzero(full & comments & (survey == RELATIONAL))
    at.append(responded_at[rows])
    pieces.append(
        table(
            response_id=ids("RS-", number[rows]),
            question_id=constant("Q-WHY", len(rows)),
            question_version=constant("1", len(rows)),
            value_number=pa.nulls(len(rows), pa.int64()),
            value_text=pick(_COMMENTS, rng.integers(0, len(_COMMENTS), len(rows))),
        )
    )
    return np.concatenate(at), pa.concat_tables(pieces).combine_chunks()
