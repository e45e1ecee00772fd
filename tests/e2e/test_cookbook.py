"""The cookbook answers what it says it answers, on the demo company."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Company
from tests.e2e.cookbook import Recipe, answer, recipes

RECIPES = recipes()


def test_there_are_twenty_questions_each_with_an_answer() -> None:
    assert [recipe.title.partition(".")[0] for recipe in RECIPES] == [str(number) for number in range(1, 21)]
    assert all(recipe.answer.count("\n") >= 2 for recipe in RECIPES), "an answer has a row at least"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_the_answer_is_that_of_the_demo_company(company: Company, recipe: Recipe) -> None:
    with company.published() as published:
        published.execute("set TimeZone = 'UTC'")
        assert answer(published, recipe.sql) == recipe.answer
