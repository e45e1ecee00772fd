"""The command `cx360`: what Dagster and dbt do not do by themselves.

Belongs here: arguments, exit codes, and one clear sentence for what went wrong. Work belongs to the modules that are
imported inside the commands, late, so that `cx360 --help` answers at once.

Exit codes: 0 done; 1 a check or the run failed and nothing was published; 2 bad usage or configuration.
"""

import functools
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from orchestration.settings import Settings, SettingsError

LAYERS = ("landing", "staging", "intermediate", "core", "marts", "published")


class Failed(click.ClickException):
    """Something ran and did not succeed; exit code 1."""

    exit_code = 1


class Misconfigured(click.ClickException):
    """Something cannot be run as asked; exit code 2."""

    exit_code = 2


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day; write it as YYYY-MM-DD.") from None


def _one_sentence(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what can go wrong into one sentence and an exit code; `--debug` shows the traceback instead."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SettingsError as error:
            if _is_debugging():
                raise
            raise Misconfigured(str(error)) from error
        except Exception as error:
            if _is_debugging():
                raise
            message = " ".join(str(error).split()) or type(error).__name__
            raise Failed(f"{message} (--debug shows where)") from error

    return wrapped


def _is_debugging() -> bool:
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().params.get("debug"))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("cx360"), message="cx360 %(version)s")
@click.option("--debug", is_flag=True, help="Show tracebacks instead of one sentence.")
def main(debug: bool) -> None:
    """A customer-360 warehouse on one machine. Settings come from the environment and .env; see .env.example."""


@main.command()
@click.option("--as-of", callback=_day, metavar="DATE", help="Last day that exists for this run, YYYY-MM-DD.")
@click.option("--full-refresh", is_flag=True, help="Rebuild incremental tables from all of the lake.")
@click.option(
    "--layer",
    "layers",
    type=click.Choice(LAYERS),
    multiple=True,
    help="Only this layer; may be given again. Default: all.",
)
@click.option(
    "--vars", "overrides", metavar="JSON", help='Business settings for this run, {"reporting_currency": "EUR"}.'
)
@click.option("--demo-if-empty", is_flag=True, help="Write the demo company first if landing is empty.")
@_one_sentence
def run(
    as_of: date | None, full_refresh: bool, layers: tuple[str, ...], overrides: str | None, demo_if_empty: bool
) -> None:
    """Load what landed, build and check every layer, publish."""
    from orchestration.daily import run_daily
    from orchestration.run import RunLockedError
    from orchestration.seeds import check_seeds

    settings = _settings(overrides)
    check_seeds(settings)
    if demo_if_empty and not any(settings.landing.glob("*/*/*")):
        _write_demo(settings, customers=2000, seed=360, shapes=[])
    try:
        succeeded = run_daily(settings, as_of=as_of, full_refresh=full_refresh, layers=layers, echo=click.echo)
    except RunLockedError as error:
        raise Failed(str(error)) from error
    if not succeeded:
        sys.exit(1)


@main.command()
@click.option("--customers", type=click.IntRange(min=200), default=2000, show_default=True)
@click.option("--seed", type=int, default=360, show_default=True)
@click.option(
    "--as",
    "vendors",
    default="",
    metavar="VENDORS",
    help="Write systems in the formats of vendors: hubspot (the CRM), qualtrics (the survey tool), stripe (billing), "
    "zendesk (the help desk), with commas between. The marts are the same. Planted faults are left out: they are the "
    "canonical files'.",
)
@_one_sentence
def demo(customers: int, seed: int, vendors: str) -> None:
    """Write the extracts of the demo company to landing; refused where files of a real company lie."""
    settings = _settings()
    shapes = [vendor.strip() for vendor in vendors.split(",") if vendor.strip()]
    _refuse_where_it_does_not_belong(settings, shapes)
    _write_demo(settings, customers=customers, seed=seed, shapes=shapes)


@main.command()
@_one_sentence
def publish() -> None:
    """Publish the warehouse as it is, if every layer of it was checked and held."""
    from orchestration.daily import run_publication

    if not run_publication(_settings(), echo=click.echo):
        sys.exit(1)


@main.group()
def releases() -> None:
    """Releases that were published, and the way back to one."""


@releases.command("list")
@_one_sentence
def list_releases() -> None:
    """All releases on record, oldest first."""
    from orchestration.steps.publication import list_releases as read_releases

    found = read_releases(_settings().published)
    if not found:
        click.echo("Nothing has been published yet; `cx360 run` does.")
    for release in found:
        state = "current" if release.is_current else "kept" if release.has_file else "file pruned"
        click.echo(
            f"{release.release_id}  as of {release.as_of}"
            f"  {release.table_count} tables  {release.row_count:>12,} rows  {state}"
        )


@releases.command()
@click.argument("release_id", required=False)
@_one_sentence
def rollback(release_id: str | None) -> None:
    """Put a kept release in the place of the published file; without an id, the one before the current."""
    from dashboards.report import build_report
    from orchestration.run import hold_lock
    from orchestration.steps.publication import roll_back

    settings = _settings()
    with hold_lock(settings.run_lock):
        release = roll_back(settings.published, release_id)
        # The report shows what is published, so it goes back too. The data docs stay: they tell of the last run.
        build_report(settings.published_file, settings.report, trailing_days=int(settings.vars["trailing_days"]))
    click.echo(f"{settings.published_file} is release {release.release_id} again, as of {release.as_of}.")
    click.echo(f"The report shows it; the pages in {settings.published / 'data_docs'} tell of the last run.")


@main.group(invoke_without_command=True)
@click.pass_context
def sources(context: click.Context) -> None:
    """Source systems that deliver."""
    if context.invoked_subcommand is None:
        context.invoke(list_sources)


@sources.command("list", short_help="What lies in landing, and in whose format.")
@_one_sentence
def list_sources() -> None:
    """Sources and entities in landing, whose format they have, and the number of their files."""
    from ingest.contracts import GENERIC, vendor_contracts
    from ingest.sources import vendor_of

    landing = _settings().landing
    folders = sorted(path for path in landing.glob("*/*") if path.is_dir())
    if not folders:
        click.echo(f"Nothing has landed; put files into {landing}/<source>/<entity>/, or run `cx360 demo`.")
    for folder in folders:
        files = sum(1 for path in folder.iterdir() if path.is_file())
        vendor = vendor_of(folder.parent.name) or GENERIC
        known = folder.name in vendor_contracts(vendor)
        note = "" if known else "  no such entity: these files are not loaded"
        click.echo(f"{folder.parent.name:<16} {folder.name:<20} {vendor:<12} {files:>6} files{note}")


@sources.command("template", short_help="What to put into .env to connect a source.")
@click.argument("source")
@_one_sentence
def source_template(source: str) -> None:
    """What to put into .env so that SOURCE (`zendesk`, or `zendesk_emea` for a second account) is pulled."""
    from ingest.sources.errors import SourceError
    from ingest.sources.vendor import template

    try:
        click.echo(template(source), nl=False)
    except SourceError as error:
        raise Misconfigured(f"{error}.") from error


@sources.command("check", short_help="Whether the credentials are accepted, and whose they are.")
@click.argument("source", nargs=-1)
@_one_sentence
def check_sources(source: tuple[str, ...]) -> None:
    """Ask each SOURCE (default: all whose credentials are set) who the credentials belong to."""
    from ingest.sources.errors import SourceError
    from ingest.sources.pull import check

    settings = _settings()
    chosen = source or tuple(settings.pulled_sources)
    if not chosen:
        raise Misconfigured("No source has credentials; `cx360 sources template zendesk` prints what to put into .env.")
    refused = []
    for name in chosen:
        try:
            click.echo(check(name, settings.environ))
        except SourceError as error:
            refused.append(f"{error}.")
    if refused:
        raise Failed(" ".join(refused))


@sources.command("pull", short_help="Fetch what is new, or a past window again.")
@click.option("--source", "names", multiple=True, help="Default: all whose credentials are set. May be given again.")
@click.option("--entity", "entities", multiple=True, help="As the vendor calls it; default all. May be given again.")
@click.option("--from", "since", callback=_day, metavar="DATE", help="Pull again what changed from this day on.")
@click.option("--to", "until", callback=_day, metavar="DATE", help="... up to the end of this day.")
@_one_sentence
def pull_sources(names: tuple[str, ...], entities: tuple[str, ...], since: date | None, until: date | None) -> None:
    """Land what sources have to say since the last pull, or of a window; the next run loads it."""
    from ingest.sources.errors import SourceError
    from ingest.sources.pull import PullResult, pull
    from ingest.sources.vendor import chosen_entities
    from orchestration.run import Clock

    settings = _settings()
    chosen = names or tuple(settings.pulled_sources)
    if not chosen:
        raise Misconfigured("No source has credentials; `cx360 sources template zendesk` prints what to put into .env.")
    if until and not since:
        raise Misconfigured("--to needs --from: a window has two ends.")
    if since and until and until < since:
        raise Misconfigured(f"--to ({until}) is before --from ({since}).")
    now, zone = Clock().now(), ZoneInfo(settings.reporting_timezone)

    def show(so_far: PullResult) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{so_far.source}/{so_far.entity}: {so_far.records:,} records", nl=False, err=True)

    def land(name: str, entity: str) -> None:
        result = pull(
            name,
            entity,
            landing=settings.landing,
            lake=settings.lake,
            environ=settings.environ,
            now=now,
            since=datetime.combine(since, time(), zone) if since else None,
            until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
            on_page=show,
        )
        click.echo(f"{name}/{entity}: {result.records:,} records in {len(result.files):,} files")
        for sentence in result.passed_over:
            click.echo(f"  {sentence}")

    refused = []
    for name in chosen:
        try:
            for entity in entities or chosen_entities(name, settings.environ):
                try:
                    land(name, entity)
                except SourceError as error:
                    if error.status not in (402, 403, 404):
                        raise
                    # A plan or a scope keeps one entity away, not the others.
                    refused.append(f"{error}.")
        except SourceError as error:
            refused.append(f"{error}.")
    if refused:
        raise Failed("\n".join(dict.fromkeys(refused)))


@main.group()
def quarantine() -> None:
    """Rows that broke their contract and were set aside."""


@quarantine.command("list")
@_one_sentence
def list_quarantine() -> None:
    """Counts by source, entity, file, column and reason; and files that cannot be read, with the reason."""
    rows = _query_warehouse(
        'select source_system, entity, file, "column", reason, row_count from quality.quarantined_values order by all'
    )
    unreadable = _query_warehouse(
        "select file, message from quality.loaded_files where status = 'unreadable' order by file"
    )
    if not rows and not unreadable:
        click.echo("Nothing is in quarantine.")
    for file, message in unreadable:
        click.echo(f"    file  {file}: {message}")
    for source, entity, file, column, reason, count in rows:
        click.echo(f"{count:>8,}  {source}/{entity}  {file}  {column or '-'}: {reason}")


@quarantine.command("show")
@click.argument("file")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@_one_sentence
def show_quarantine(file: str, limit: int) -> None:
    """The values of one FILE that were set aside (path below landing, as `list` prints it)."""
    rows = _query_warehouse(
        'select row_number, "column", value, reason from restricted.quarantined_rows where file = ?'
        " order by row_number, 2 limit ?",
        [file, limit],
    )
    if not rows:
        click.echo(f"Nothing of {file} is in quarantine; `cx360 quarantine list` shows the files.")
    for row_number, column, value, reason in rows:
        click.echo(f"row {row_number}  {column or '-'} = {value!r}  {reason}")


@main.command()
@_one_sentence
def doctor() -> None:
    """Check the installation and the settings, and say what is missing."""
    from orchestration.doctor import examine

    findings = examine(_settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_good else 'BAD '} {finding.text}")
    if not all(finding.is_good for finding in findings):
        sys.exit(2)


@main.command()
@_one_sentence
def docs() -> None:
    """Write the catalogue of models and columns as one page."""
    from orchestration.dbt import DbtProject

    click.echo(DbtProject(_settings()).write_docs())


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@_one_sentence
def ui(port: int) -> None:
    """Dagster's web UI with its schedules and sensors, on 127.0.0.1."""
    import os

    from orchestration.instance import environment
    from orchestration.settings import PROJECT_ROOT

    settings = _settings()
    settings.dagster_storage.mkdir(parents=True, exist_ok=True, mode=0o700)
    dagster = Path(sys.executable).with_name("dagster")
    arguments = ["dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(PROJECT_ROOT)
    os.execve(dagster, arguments, {**os.environ, **environment(settings)})  # noqa: S606 - our own environment's program


def _settings(overrides: str | None = None) -> Settings:
    from dataclasses import replace

    settings = Settings.from_environment()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"CX360_HOME ({settings.home}) cannot be a folder: {error.strerror}. Set it to one that you may write to."
        ) from error
    if overrides is None:
        return settings
    try:
        given = json.loads(overrides)
    except json.JSONDecodeError as error:
        raise Misconfigured(f"--vars is no JSON object: {error}.") from error
    if not isinstance(given, dict):
        raise Misconfigured("--vars must be a JSON object.")
    return replace(settings, overrides={**settings.overrides, **given})


def _refuse_where_it_does_not_belong(settings: Settings, shapes: Sequence[str]) -> None:
    """Keep the demo company apart from a real one, and from itself in another shape: the lake would hold it twice."""
    from ingest.demo import demo_sources, sources_of

    try:
        written = sources_of(shapes)
    except ValueError as error:
        raise Misconfigured(str(error)) from error
    delivered = {path.parts[-3] for path in settings.landing.glob("*/*/*") if path.is_file()}
    before = demo_sources(settings.home)
    if (delivered and not settings.demo_marker.exists()) or delivered & (written - before):
        raise Misconfigured(f"{settings.landing} holds files that are not the demo's: set another CX360_HOME.")
    loaded = {path.name for path in (settings.lake / "raw").glob("*")}
    if settings.demo_marker.exists() and written != before and loaded & before:
        raise Misconfigured(f"{settings.lake} holds the demo company in another shape: set another CX360_HOME.")


def _write_demo(settings: Settings, *, customers: int, seed: int, shapes: Sequence[str]) -> None:
    from ingest.demo import write_demo

    click.echo(f"Writing the demo company ({customers:,} customers, seed {seed}) to {settings.landing} ...")
    company = write_demo(settings.landing, customers=customers, seed=seed, shapes=shapes)
    click.echo(f"It ends on {company.as_of}.")


def _query_warehouse(query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    import duckdb

    from orchestration.steps import quality

    settings = _settings()
    if not settings.warehouse.exists():
        raise Failed("There is no warehouse yet; `cx360 run` builds one.")
    try:
        with quality.connect(settings.warehouse, read_only=True) as connection:
            return connection.execute(query, parameters or []).fetchall()
    except duckdb.IOException as error:
        raise Failed("A run is writing the warehouse right now; try again when it has ended.") from error


if __name__ == "__main__":
    main()
