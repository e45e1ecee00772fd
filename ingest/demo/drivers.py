"""What customers say of single sides of the company, in the relationship survey: drivers, and what they had expected.

Each driver's answer leans on the recommendation by a weight that is planted (`parameters.DRIVER_WEIGHTS`); the rest is
chance. Only whole answers have them. All of it is drawn from a random stream of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingest.demo import parameters as planted
from ingest.demo.columns import Floats, Ints, constant, instants, numbers, table
from ingest.demo.people import START

_LOWEST, _HIGHEST = 1, 5
_LANGUAGES = ("en", "de", "fr")
_WORDINGS = {
    "speed": "How satisfied are you with how fast we are?",
    "advice": "How satisfied are you with our advice?",
    "price": "How satisfied are you with our prices?",
}
_EXPECTED = "speed"


@dataclass(frozen=True)
class DriverAnswers:
    """Answers to drivers, and when each was given."""

    rows: pa.Table
    at: Ints


def questions() -> pa.Table:
    """One question per driver and language, and what was expected of one of them."""
    asked = [(f"Q-{topic.upper()}", "driver", topic, text) for topic, text in _WORDINGS.items()]
    asked.append((f"Q-{_EXPECTED.upper()}-HOPED", "expectation", _EXPECTED, "How fast did you expect us to be?"))
    rows = [(*question, language) for question in asked for language in _LANGUAGES]
    names = ("question_id", "metric", "topic", "text", "language")
    columns = dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True))
    return pa.table(
        {
            **columns,
            "survey_id": constant("SV-REL", len(rows)),
            "object": constant("company", len(rows)),
            "scale_min": numbers(np.full(len(rows), _LOWEST)),
            "scale_max": numbers(np.full(len(rows), _HIGHEST)),
            "direction": constant("high_good", len(rows)),
            "version": constant("1", len(rows)),
            "valid_from": instants(np.full(len(rows), START, dtype=np.int64)),
        }
    )


def make_driver_answers(
    rng: np.random.Generator, response_id: pa.Array, recommendation: Ints, responded_at: Ints
) -> DriverAnswers:
    """One row per response and question. `recommendation` is each response's answer of 0 to 10."""
    size = len(recommendation)
    mood = (recommendation - 7.5) / 2.5
    pieces = []
    for topic, weight in planted.DRIVER_WEIGHTS.items():
        felt = weight * mood + np.sqrt(1 - weight**2) * rng.standard_normal(size)
        pieces.append(_answers(response_id, f"Q-{topic.upper()}", 3.4 + 1.1 * felt))
    pieces.append(_answers(response_id, f"Q-{_EXPECTED.upper()}-HOPED", 3.6 + 0.8 * rng.standard_normal(size)))
    return DriverAnswers(pa.concat_tables(pieces).combine_chunks(), np.tile(responded_at, len(pieces)))


def _answers(response_id: pa.Array, question: str, felt: Floats) -> pa.Table:
    size = len(response_id)
    return table(
        response_id=response_id,
        question_id=constant(question, size),
        question_version=constant("1", size),
        value_number=numbers(np.clip(np.rint(felt), _LOWEST, _HIGHEST).astype(np.int64)),
        value_text=pa.nulls(size, pa.string()),
    )
