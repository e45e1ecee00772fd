"""The command `cx360`: what Dagster and dbt do not do by themselves.

Belongs here: arguments, exit codes, and one clear sentence for what went wrong. Work belongs to the modules that are
imported inside the commands, late, so that `cx360 --help` answers at once.

Exit codes: 0 done; 1 a check or the run failed and nothing was published; 2 bad usage or configuration.
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from orchestration.settings import Settings, SettingsError

if TYPE_CHECKING:
    from ingest.quarantine import Choice, Quarantine

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
        except BrokenPipeError:  # who reads has seen enough (`| head`); click ends it without a word
            raise
        except SettingsError as error:
            if _is_debugging():
                raise
            raise Misconfigured(str(error)) from error
        except Exception as error:
            if _is_debugging():
                raise
            from ingest.full_disk import advised  # takes DuckDB with it, which help does not need

            message = advised(" ".join(str(error).split()) or type(error).__name__, "CX360_HOME")
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
    from ingest.landing_files import landing_files
    from orchestration.daily import run_daily
    from orchestration.run import RunLockedError
    from orchestration.seeds import check_seeds

    settings = _settings(overrides, writes=True)
    check_seeds(settings)
    if demo_if_empty and not landing_files(settings.landing):
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
    settings = _settings(writes=True)
    shapes = [vendor.strip() for vendor in vendors.split(",") if vendor.strip()]
    _refuse_where_it_does_not_belong(settings, shapes)
    _write_demo(settings, customers=customers, seed=seed, shapes=shapes)


@main.command()
@_one_sentence
def publish() -> None:
    """Publish the warehouse as it is, if every layer of it was checked and held."""
    from orchestration.daily import run_publication

    if not run_publication(_settings(writes=True), echo=click.echo):
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

    settings = _settings(writes=True)
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
    from ingest.contracts import GENERIC
    from ingest.landing_files import NOT_IN_USE, landing_files
    from ingest.sources import vendor_of
    from orchestration.terminal import printable

    settings = _settings()
    landing = settings.landing
    found = landing_files(landing)
    folders = sorted({one.path.parent for one in found if len(one.parts) == 3})
    if not found:
        click.echo(f"Nothing has landed; put files into {landing}/<source>/<entity>/, or run `cx360 demo`.")
    for folder in folders:
        here = [one for one in found if one.path.parent == folder]
        vendor = vendor_of(here[0].source) or GENERIC
        faults = {one.fault for one in here}
        note = f"  not loaded: {faults.pop()}" if here[0].contract is None else ""
        if here[0].contract is not None and vendor not in (GENERIC, *settings.vendors):
            note = f"  the vendor {vendor} {NOT_IN_USE}"
        files = sum(not one.fault for one in here) if here[0].contract else len(here)
        counted = f"{files:>6} {'file' if files == 1 else 'files'}"
        click.echo(printable(f"{here[0].source:<16} {here[0].entity:<20} {vendor:<12} {counted}{note}"))
    elsewhere = [
        f"  {printable(one.file)}: {printable(one.fault)}"
        for one in found
        if one.fault and (one.contract is not None or len(one.parts) != 3)
    ]
    if elsewhere:
        click.echo("Not loaded, for it lies where nothing is loaded from:")
    for line in elsewhere:
        click.echo(line)


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

    settings = _settings(writes=True)
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
    """What did not load: rows that broke their contract, and files that cannot be read."""


def _choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a part of quarantine."""
    for name, text in (
        ("reason", "Only where the reason has this in it."),
        ("entity", "Only this entity."),
        ("source", "Only this source."),
    ):
        command = click.option(f"--{name}", default="", metavar="TEXT" if name == "reason" else "NAME", help=text)(
            command
        )
    return command


@quarantine.command("list")
@_choosing
@click.option("--file", default="", metavar="FILE", help="Only this file, by its path below landing.")
@_one_sentence
def list_quarantine(source: str, entity: str, file: str, reason: str) -> None:
    """Counts by file, column and reason; and files and folders that cannot be read, with the reason."""
    from orchestration.terminal import counted_of, printable

    quarantine, choice = _chosen(source, entity, file, reason)
    not_loaded, counted = quarantine.not_loaded(choice), quarantine.counted(choice)
    if not not_loaded and not counted:
        click.echo("Nothing of that is in quarantine." if any((source, entity, file, reason)) else _EMPTY)
    if not_loaded:
        click.echo(f"Not loaded ({counted_of(sum(entry.files for entry in not_loaded), 'file')})")
    for entry in not_loaded:
        click.echo(f"  {printable(str(entry))}")
    if counted:
        rows, files = quarantine.rows_and_files(choice)
        click.echo(f"Rows set aside ({counted_of(rows, 'row')} of {counted_of(files, 'file')})")
    width = max((len(printable(fault.file)) for fault in counted), default=0)
    for fault in counted:
        name = f"{printable(fault.file):<{width}}"
        click.echo(f"  {fault.rows:>8,}  {name}  {printable(fault.column or _WHOLE_ROW)}: {printable(fault.reason)}")
    if counted:
        click.echo("`cx360 quarantine show FILE` shows the values.")
    if counted or not_loaded:
        click.echo("`cx360 quarantine replay` tries all of it again once a contract or a setting was mended.")


@quarantine.command("show")
@click.argument("file", required=False, default="")
@_choosing
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Values that are shown.")
@_one_sentence
def show_quarantine(file: str, source: str, entity: str, reason: str, limit: int) -> None:
    """The values that were set aside, with file, row, column and reason; of one FILE (its path below landing) or all.

    The row is the line of a text file, the row of a spreadsheet, the number of a record elsewhere.
    """
    from orchestration.terminal import printable, shown

    quarantine, choice = _chosen(source, entity, file, reason)
    not_loaded = quarantine.not_loaded(choice)
    for entry in not_loaded:
        click.echo(printable(str(entry)))
    values, in_all = quarantine.set_aside(choice, limit)
    if not values and not not_loaded:
        click.echo("Nothing of that is in quarantine." if any((source, entity, file, reason)) else _EMPTY)
    last = ""
    for value in values:
        if value.file != last:
            click.echo(printable(value.file))
            last = value.file
        column = printable(value.column or _WHOLE_ROW)
        click.echo(f"  row {value.row_number}  {column} = {shown(value.value)}  {printable(value.reason)}")
    if in_all > len(values):
        click.echo(f"... and {in_all - len(values):,} more values (`--limit {in_all}` shows all)")


@quarantine.command("replay")
@click.option("--source", default="", metavar="NAME", help="Only this source.")
@click.option("--entity", default="", metavar="NAME", help="Only this entity.")
@click.option("--file", default="", metavar="FILE", help="Only this file, by its path below landing.")
@_one_sentence
def replay_quarantine(source: str, entity: str, file: str) -> None:
    """Try it again, once a contract or a setting was mended; the next run takes what loads to the marts.

    What loads takes the place of its delivery, so that what came later still wins. What does not stays with its reason.
    """
    from ingest.replay import Replayed, replay
    from orchestration.run import Clock, RunLockedError, hold_lock
    from orchestration.terminal import counted_of, printable

    settings = _settings(writes=True)
    _, choice = _chosen(source, entity, file, "")

    def tell(one: Replayed) -> None:
        left = one.after.rows_quarantined
        if one.after.status == "unreadable":
            outcome = "still not loaded"
        elif one.before.status == "unreadable":
            outcome = f"{counted_of(one.after.rows_loaded, 'row')} loaded now, {left:,} set aside"
        else:
            rows = counted_of(one.before.rows_quarantined, "row")
            outcome = f"{one.rows_freed:,} of {rows} loaded now, {left:,} set aside"
        click.echo(printable(f"{one.file}: {outcome}" + (f" ({one.message})" if one.message else "")))

    try:
        with hold_lock(settings.run_lock):
            done = replay(
                settings.landing,
                settings.lake,
                reporting_timezone=settings.reporting_timezone,
                now=Clock().now(),
                formats=settings.vars["formats"],
                chosen=choice.takes,
                on_file=tell,
            )
    except RunLockedError as error:
        raise Failed(str(error)) from error
    if not done:
        click.echo("Nothing of that is in quarantine." if any((source, entity, file)) else _EMPTY)
        return
    freed = sum(one.rows_freed for one in done)
    click.echo(
        f"{counted_of(freed, 'row')} left quarantine" + ("; `cx360 run` takes them to the marts." if freed else ".")
    )


_EMPTY = "Nothing is in quarantine."
_WHOLE_ROW = "the row"


def _chosen(source: str, entity: str, file: str, reason: str) -> "tuple[Quarantine, Choice]":
    """The quarantine of the lake and what of it is asked for; refused if no run has met it."""
    from ingest.contracts import load_contracts
    from ingest.landing_files import nearest
    from ingest.quarantine import Choice, Quarantine, names_of

    settings = _settings()
    quarantine = Quarantine(settings.lake)
    records = list(quarantine.ledger.records.values())
    if not records:
        raise Failed("Nothing has been loaded yet; `cx360 run` loads what lies in landing.")
    file = _below_landing(settings, file)
    for kind, name, attribute in (
        ("source", source, "source_system"),
        ("entity", entity, "entity"),
        ("file", file, "file"),
    ):
        names = names_of(records, attribute) + (sorted(load_contracts()) if kind == "entity" else [])
        if name and name not in names:
            near = nearest(name, tuple(names))
            advice = (
                f"is it {near}?" if near else f"`cx360 {'quarantine' if kind == 'file' else 'sources'} list` shows all."
            )
            raise Misconfigured(f"No run has met a{'n' if kind == 'entity' else ''} {kind} {name!r}; {advice}")
    return quarantine, Choice(source, entity, file, reason)


def _below_landing(settings: Settings, file: str) -> str:
    """The path below landing of a file that may be given as the shell completes it."""
    path = Path(file)
    for place in (path, Path.cwd() / path):
        if file and place.is_absolute() and place.is_relative_to(settings.landing):
            return place.relative_to(settings.landing).as_posix()
    return file


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
    from orchestration.instance import environment
    from orchestration.settings import PROJECT_ROOT

    settings = _settings()
    settings.dagster_storage.mkdir(parents=True, exist_ok=True, mode=0o700)
    dagster = Path(sys.executable).with_name("dagster")
    arguments = ["dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(PROJECT_ROOT)
    os.execve(dagster, arguments, {**os.environ, **environment(settings)})  # noqa: S606 - our own environment's program


def _settings(overrides: str | None = None, *, writes: bool = False) -> Settings:
    """The settings of this process; `writes` says that the command writes to its folders."""
    from dataclasses import replace

    from ingest.landing_files import LandingError, check_landing

    settings = Settings.from_environment()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"CX360_HOME ({settings.home}) cannot be a folder: {error.strerror}. Set it to one that you may write to."
        ) from error
    try:
        check_landing(settings.landing)
    except LandingError as error:
        raise Misconfigured(f"{error}.") from error
    written = (settings.home, settings.lake, settings.warehouse.parent, settings.published, settings.logs)
    for folder in written if writes else ():
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            raise Misconfigured(
                f"{folder} cannot be written to; give yourself the right to, or set CX360_HOME to another folder."
            )
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
    from ingest.landing_files import landing_files

    try:
        written = sources_of(shapes)
    except ValueError as error:
        raise Misconfigured(str(error)) from error
    delivered = {found.source or found.file for found in landing_files(settings.landing)}
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


if __name__ == "__main__":
    main()
