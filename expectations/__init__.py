"""Great Expectations at every boundary: what must hold before the next layer is built.

What belongs here: the suites (data, one YAML file per table and layer under `suites/`), the engine that runs them
inside DuckDB, and the Data Docs made from their results. What does not: shape at the published edge (dbt contracts),
keys, relationships and closed lists (dbt data tests), branching logic (dbt unit tests), and what happens after a gate
has failed (orchestration). Nothing here imports Dagster or `ingest`; contracts are read as data, by their path.

To add an expectation, add an entry to `suites/<layer>/<table>.yml` and the fault that breaks it to
`tests/expectations/faults/<layer>/<table>.yml`. A rule for every table of a layer goes to `_every_table.yml`.
"""

from expectations.gate import ExpectationResult, GateResult, build_data_docs, run_gate

__all__ = ["ExpectationResult", "GateResult", "build_data_docs", "run_gate"]
