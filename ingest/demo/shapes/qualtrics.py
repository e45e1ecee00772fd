"""The survey tool in Qualtrics: surveys with their definitions, distributions with their history, contacts, responses.

Everybody who is asked is a contact there, also those of whom the survey tool only knows an address. Which ticket or
order a question is about is embedded data, as are country, test flag and other systems' ids of contacts. A scale on
which low is good is turned by its recode values, and a question that was worded anew is another question.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ingest.demo import parameters as planted
from ingest.demo.shapes.extracts import Extracts, replace_in
from ingest.demo.shapes.pages import Pages

_API = "https://fra1.qualtrics.com/API/v3"
_PAGE = 100
_EXPORT_PAGE = 1_000
_SINCE = f"{planted.FIRST_DAY.isoformat()}T00:00:00Z"
_BASE_LANGUAGE = "en"

_CUSTOM_FIELDS = {
    "contacts": {name: f"embedded_data.{name}" for name in ("country", "created_at", "external_ids", "is_test")},
    "survey_invitations": {
        name: f"embedded_data.{name}" for name in ("channel", "order_id", "ticket_id", "touchpoint")
    },
    # Tickets, orders and touchpoints are known by these names anyway.
    "survey_responses": {"channel": "channel"},
}


@dataclass(frozen=True)
class _Question:
    """A question in one wording, and where it is in its survey: `column` is its name in responses."""

    survey_id: str
    question_id: str
    version: str
    number: int
    metric: str
    topic: str | None
    wordings: dict[str, str]
    lowest: int | None
    highest: int | None
    low_is_good: bool

    @property
    def qid(self) -> str:
        return f"QID{self.number}"

    @property
    def column(self) -> str:
        return f"{self.qid}_TEXT" if self.metric == "text" else self.qid

    @property
    def turned_about(self) -> int | None:
        """What a point of the scale and the one that stands for it add up to; None if it stands for itself."""
        return self.lowest + self.highest if self.low_is_good and self.lowest is not None and self.highest else None


# Ids have fifteen letters and digits after their prefix.
_MACROS = (
    "create macro known_as(prefix, id) as prefix || lpad(regexp_replace(id, '^[A-Z]+-', ''), 15, '0')",
    "create macro survey(id) as known_as('SV_', id)",
    "create macro response(id) as known_as('R_', id)",
    # In the app a link is shown that was generated for the person.
    "create macro way(channel) as case channel when 'app' then 'gl' when 'web' then 'anonymous' else channel end",
    "create macro unless_known(channel) as case when channel = 'app' then channel end",
)

_GUESTS = """
    create table guests as
    select
        'CID_G' || lpad(row_number() over (order by lower(trim(email)))::varchar, 14, '0') as contact_id,
        lower(trim(email)) as email,
        min(sent_at) as created_at
    from survey_invitations
    where contact_id is null
    group by lower(trim(email))
"""

# A question about one ticket or order is a distribution of its own; others go out together, by day and channel.
_SENDINGS = """
    create view sendings as
    select
        survey_invitations.* replace (
            coalesce(known_as('CID_', survey_invitations.contact_id), guests.contact_id) as contact_id
        ),
        case
            when coalesce(ticket_id, order_id) is not null then known_as('EMD_', invitation_id)
            else 'EMD_D' || replace(left(sent_at, 10), '-', '') || lpad(channel, 6, '0')
        end as distribution_id
    from survey_invitations
    left join guests on lower(trim(survey_invitations.email)) = guests.email
"""

_CONTACTS = """
    select to_json({
        'contactId': contact_id,
        'firstName': first_name,
        'lastName': last_name,
        'email': lower(trim(email)),
        'phone': phone,
        'extRef': null,
        'language': upper(language),
        'unsubscribed': false,
        'mailingListUnsubscribed': false,
        'contactLookupId': 'CGC_' || substr(contact_id, 5),
        'embeddedData': {
            'country': country, 'created_at': created_at || 'Z', 'external_ids': external_ids, 'is_test': is_test
        }
    })
    from (
        select * replace (known_as('CID_', contact_id) as contact_id) from contacts
        union all by name
        select * from guests
    )
    order by contact_id
"""

_SURVEYS = f"""
    select to_json({{
        'id': survey(survey_id),
        'name': name,
        'ownerId': 'UR_' || lpad(replace(owner, ' ', ''), 15, '0'),
        'isActive': true,
        'creationDate': '{_SINCE}',
        'lastModified': '{_SINCE}'
    }})
    from surveys
    order by survey_id
"""

_DISTRIBUTIONS = """
    select to_json({{
        'id': distribution_id,
        'parentDistributionId': null,
        'ownerId': null,
        'requestType': 'Invite',
        'requestStatus': 'Done',
        'sendDate': min(sent_at) || 'Z',
        'createdDate': min(sent_at) || 'Z',
        'modifiedDate': max(sent_at) || 'Z',
        'surveyLink': {{'surveyId': survey(survey_id), 'expirationDate': null, 'linkType': 'Individual'}},
        'embeddedData': {{
            'channel': unless_known(channel), 'order_id': order_id, 'ticket_id': ticket_id, 'touchpoint': touchpoint
        }}
    }})
    from sendings
    where survey_id = '{survey_id}'
    group by distribution_id, survey_id, channel, order_id, ticket_id, touchpoint
    order by distribution_id
"""

# Who answers through the plain link that everybody can open is not told.
_HISTORY = """
    select to_json({
        'contactId': sendings.contact_id,
        'contactLookupId': 'CGC_' || substr(sendings.contact_id, 5),
        'distributionId': distribution_id,
        'status': case
            when bounced_at is not null then 'HardBounce'
            when completed_at is not null then 'SurveyFinished'
            when sendings.started_at is not null then 'SurveyStarted'
            when opened_at is not null then 'Opened'
            when delivered_at is not null then 'Success'
            else 'Pending'
        end,
        'surveyLink': 'https://demo.qualtrics.com/jfe/form/' || survey(sendings.survey_id)
            || '?Q_CHL=' || way(sendings.channel),
        'contactFrequencyRuleId': null,
        'responseId': case
            when responses.response_id is not null then response(responses.response_id)
            when sendings.started_at is not null then 'Anonymous'
        end,
        'responseStartedAt': sendings.started_at || 'Z',
        'responseCompletedAt': completed_at || 'Z',
        'sentAt': sent_at || 'Z',
        'openedAt': opened_at || 'Z'
    })
    from sendings
    left join survey_responses as responses on sendings.invitation_id = responses.invitation_id
    order by sent_at, distribution_id, sendings.contact_id
"""

_ANSWERS = """
    create table answers as
    select
        survey_answers.response_id,
        '{' || string_agg(
            to_json(asked.response_column) || ':' || coalesce(
                to_json(coalesce(asked.turned_about - value_number::bigint, value_number::bigint)), to_json(value_text)
            ),
            ',' order by asked.response_column
        ) || '}' as answers
    from survey_answers
    inner join asked on
        survey_answers.question_id = asked.question_id and survey_answers.question_version = asked.version
    group by survey_answers.response_id
"""

_RESPONSES = """
    select to_json({{
        'responseId': response(response_id),
        'values': json_merge_patch(
            to_json({{
                'startDate': started_at || 'Z',
                'endDate': responded_at || 'Z',
                'status': 0,
                'progress': case when is_complete = 'true' then 100 else 50 end,
                'finished': case when is_complete = 'true' then 1 else 0 end,
                'recordedDate': responded_at || 'Z',
                '_recordId': response(response_id),
                '_lastModifiedDate': responded_at || 'Z',
                'recipientEmail': lower(trim(email)),
                'distributionChannel': way(channel),
                'userLanguage': upper(language),
                'channel': unless_known(channel),
                'order_id': order_id,
                'ticket_id': ticket_id,
                'touchpoint': touchpoint
            }}),
            coalesce(answers, '{{}}')::json
        )
    }})
    from survey_responses
    left join answers using (response_id)
    where survey_id = '{survey_id}'
    order by responded_at, response_id
"""


# An answer that a case follows up, as CSV names it.
_FOLLOWED_UP = re.compile(rb'"response","RS-(\d+)"')


def write(extracts: Extracts, pages: Pages) -> dict[str, Any]:
    """Write the survey tool as Qualtrics' records, and name them in the cases of other systems.

    Returns:
        The settings with which they say the same as the extracts.
    """
    questions = _questions(extracts)
    extracts.prepare(*_MACROS, _GUESTS, _SENDINGS, _asked(questions), _ANSWERS)
    surveys = extracts.rows("select survey_id, survey(survey_id), name, programme from surveys order by survey_id")
    pages.write("surveys", extracts.records(_SURVEYS), url=f"{_API}/surveys", page_size=_PAGE)
    url = f"{_API}/mailinglists/CG_demo/contacts"
    pages.write("contacts", extracts.records(_CONTACTS), url=url, page_size=_PAGE)
    for survey_id, known_as, name, _ in surveys:
        definition = _definition(known_as, name, [each for each in questions if each.survey_id == survey_id])
        url = f"{_API}/survey-definitions/{known_as}"
        pages.write("survey_definitions", [json.dumps(definition)], url=url, page_size=1, name=known_as)
        records = extracts.records(_DISTRIBUTIONS.format(survey_id=survey_id))
        url = f"{_API}/distributions?surveyId={known_as}"
        pages.write("distributions", records, url=url, page_size=_PAGE, name=known_as)
        records = extracts.records(_RESPONSES.format(survey_id=survey_id))
        url = f"{_API}/surveys/{known_as}/export-responses/demo/file"
        pages.write("responses", records, url=url, page_size=_EXPORT_PAGE, name=known_as)
    url = f"{_API}/distributions/history"
    pages.write("distribution_history", extracts.records(_HISTORY), url=url, page_size=_PAGE)
    for path in sorted(extracts.landing.glob("*/cases/*.csv")):
        replace_in(path, _FOLLOWED_UP, lambda found: b'"response","R_%s"' % found[1].rjust(15, b"0"))
    return {
        "qualtrics_transactional_surveys": [known_as for _, known_as, _, kind in surveys if kind == "transactional"],
        "custom_fields": {"qualtrics": _CUSTOM_FIELDS},
    }


def _questions(extracts: Extracts) -> list[_Question]:
    """The questions of all surveys, numbered within each in the order of the extracts."""
    rows = extracts.rows("""
        select
            survey_id, question_id, version, metric, topic,
            scale_min::bigint, scale_max::bigint, direction = 'low_good',
            map(list(language order by language), list(text order by language))
        from survey_questions
        group by all
        order by survey_id, question_id, version
    """)
    numbers: defaultdict[str, int] = defaultdict(int)
    questions = []
    for survey_id, question_id, version, metric, topic, lowest, highest, low_is_good, wordings in rows:
        numbers[survey_id] += 1
        questions.append(
            _Question(
                survey_id,
                question_id,
                version,
                numbers[survey_id],
                metric,
                topic,
                wordings,
                lowest,
                highest,
                bool(low_is_good),
            )
        )
    return questions


def _asked(questions: list[_Question]) -> str:
    rows = ", ".join(
        f"('{each.question_id}', '{each.version}', '{each.column}', {each.turned_about or 'null'})"
        for each in questions
    )
    return f"""
        create table asked as
        select question_id, version, response_column, turned_about::bigint as turned_about
        from (values {rows}) as rows (question_id, version, response_column, turned_about)
    """


def _definition(survey_id: str, name: str, questions: list[_Question]) -> dict[str, Any]:
    return {
        "SurveyID": survey_id,
        "SurveyName": name,
        "SurveyStatus": "Active",
        "LastModified": _SINCE,
        "SurveyOptions": {"SurveyLanguage": _BASE_LANGUAGE.upper()},
        "Questions": {question.qid: _described(question) for question in questions},
    }


def _described(question: _Question) -> dict[str, Any]:
    """A question as a survey definition has it."""
    described: dict[str, Any] = {
        "QuestionID": question.qid,
        "QuestionText": question.wordings[_BASE_LANGUAGE],
        "DataExportTag": f"{question.metric.upper()}_{question.topic or question.version}",
        "Language": {
            language.upper(): {"QuestionText": wording}
            for language, wording in question.wordings.items()
            if language != _BASE_LANGUAGE
        },
    }
    if question.lowest is None or question.highest is None:
        return described | {"QuestionType": "TE", "Selector": "ESTB"}
    points = range(question.lowest, question.highest + 1)
    if question.metric == "nps":
        choices = [{"Display": str(point)} for point in points]
        return described | {"QuestionType": "MC", "Selector": "NPS", "Choices": choices}
    recoded = {point: question.turned_about - point if question.turned_about else point for point in points}
    return described | {
        "QuestionType": "MC",
        "Selector": "SAHR",
        "Choices": {str(place): {"Display": str(point)} for place, point in enumerate(points, start=1)},
        "RecodeValues": {str(place): str(recoded[point]) for place, point in enumerate(points, start=1)},
    }
