"""Data Docs: the gates' results as Great Expectations' own HTML pages.

The input is what the gates recorded: counts and ratios, no value of a row. Importing this module imports Great
Expectations (seconds): only `expectations.gate.build_data_docs` does, when pages are wanted.
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    expectationSuiteValidationResultSchema,
)
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from expectations.engine import new_context
from expectations.suites import LAYERS

_SITE = "cx360"


def render(data_docs: Path, results: Path, *, as_of: date) -> Path:
    """Builds the site from `<results>/<layer>.json` and puts it in the place of `data_docs`.

    Returns:
        Path of the start page.
    """
    aside = data_docs.with_name(f".{data_docs.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    context = new_context()
    for name in list(context.get_site_names()):
        context.delete_data_docs_site(name)
    context.add_data_docs_site(
        site_name=_SITE,
        site_config={
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(aside.absolute())},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    # The day of the data: nothing here reads the clock.
    run = RunIdentifier(run_name=f"as-of-{as_of}", run_time=datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC))
    for layer in LAYERS:
        path = results / f"{layer}.json"
        if path.exists():
            for table, validation in json.loads(path.read_text(encoding="utf-8")).items():
                _store(context, f"{layer}.{table}", validation, run)
    context.build_data_docs(site_names=[_SITE])
    _replace(data_docs, aside, results)
    return data_docs / "index.html"


def _store(context: Any, name: str, validation: dict[str, Any], run: RunIdentifier) -> None:
    configurations = [result["expectation_config"] for result in validation["results"]]
    expectations = [
        ExpectationConfiguration(
            type=configuration["type"],
            kwargs={key: value for key, value in configuration["kwargs"].items() if key != "batch_id"},
            meta=configuration["meta"],
            description=configuration["description"],
            severity=configuration["severity"],
        ).to_domain_obj()
        for configuration in configurations
    ]
    context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
    # Dated by the run, not by the instants at which Great Expectations worked.
    meta = {key: value for key, value in validation["meta"].items() if key != "batch_markers"}
    loaded = expectationSuiteValidationResultSchema.load(validation | {"meta": meta | {"run_id": run.to_json_dict()}})
    if not isinstance(loaded, ExpectationSuiteValidationResult):
        loaded = ExpectationSuiteValidationResult(**loaded)
    key = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name=name), run_id=run, batch_identifier=name
    )
    context.validation_results_store.set(key, loaded)


def _replace(data_docs: Path, aside: Path, results: Path) -> None:
    shutil.copytree(results, aside / results.name)
    old = data_docs.with_name(f".{data_docs.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    os.replace(data_docs, old)
    os.replace(aside, data_docs)
    shutil.rmtree(old, ignore_errors=True)
