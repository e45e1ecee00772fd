"""The report: one self-contained HTML page of the published marts, for people who do not write SQL.

Reads the published file only (schemas marts and quality) and shows what it says: it computes no metric. In order:
`published` (queries), `wording` (numbers as text), `charts` (specifications), `elements`, `figures`, `quality` and
`sections` (what is shown), `page` (the HTML file).
"""

from dashboards.report.page import build_report

__all__ = ["build_report"]
