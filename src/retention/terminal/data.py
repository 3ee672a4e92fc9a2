"""The verbs about exports: simulate writes some; check, use, outcomes and forget are about ``data/``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.errors import UserError
from retention.paths import Paths
from retention.terminal.polite import say, settings_here

if TYPE_CHECKING:
    from retention.settings import Settings

UNDATED_CUSTOMERS, UNDATED_SEED = 1300, 42
Month = Annotated[str | None, typer.Option(metavar="YYYY-MM", help="The month that the exports are of.")]

app = typer.Typer()


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="The folder to write the exports to.")],
    customers: Annotated[int | None, typer.Option(min=100, help="How many; 1,300, or 500 a month.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed; the same one gives the same bytes.")] = UNDATED_SEED,
    truth: Annotated[
        Path | None, typer.Option(help="Also write what is true here: a file, or with --months a folder.")
    ] = None,
    months: Annotated[
        str | None,
        typer.Option(metavar="N[@YYYY-MM]", help="A folder of exports for each of N months, the first 2026-03."),
    ] = None,
    drift: Annotated[
        str | None,
        typer.Option(metavar="KIND@YYYY-MM", help="What changes from when: covariates, harder, relation or prior."),
    ] = None,
    answer: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="assigned.csv of a launched campaign, to be answered.")
    ] = None,
) -> None:
    """Write a sample shop: four exports with the defects of real ones, from a known model; or many months of one."""
    from retention.simulate import write_shop
    from retention.simulate.drift import choose_drift
    from retention.simulate.months import MONTHLY_CUSTOMERS, choose_months, read_assigned, write_months
    from retention.tables.months.periods import list_dated

    if months is None:
        if drift or answer:
            raise UserError("--drift and --answer are about months: say --months too.")
        customers = customers or UNDATED_CUSTOMERS
        write_shop(out, customers=customers, seed=seed, truth=truth)
        typer.echo(f"Wrote the four exports of {customers:,} customers to {out}.")
        return
    names, customers = choose_months(months), customers or MONTHLY_CUSTOMERS
    if others := sorted({*list_dated(out)} - {*names}):
        raise UserError(f"{out} has other months already, {others[0]} to {others[-1]}: name a new folder.")
    change = choose_drift(drift, names)
    write_months(
        out, names, customers=customers, seed=seed, drift=change, truth=truth, assigned=read_assigned(answer or [])
    )
    typer.echo(f"Wrote the months {names[0]} to {names[-1]} ({len(names)}) of {customers:,} customers to {out}.")


def _check_exports(folder: Path, month: str) -> list[str]:
    """Return what is in some exports; with a month they may lack labels, without one they must have them."""
    from retention.intake.dating import tell_other_dates
    from retention.tables.customers import read_customers
    from retention.tables.months.shop import read_month
    from retention.tables.quality import list_lines

    tables, backend = settings_here().tables, settings_here().runtime.backend
    if not month:
        return list(list_lines(read_customers(folder, tables, backend).quality))
    table, known = read_month(folder, tables, backend, matured=True)
    labels = f"it has labels of {len(known):,} of its customers" if len(known) else "it has no labels yet"
    others = tell_other_dates(folder, tables, backend, month)
    return [*list_lines(table.quality), *others, f"The month is learnt from once its labels have matured: {labels}."]


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="The folder with the exports.")], month: Month = None) -> None:
    """Check exports and say what is in them; nothing is written."""
    from retention.tables.months.periods import check_month

    say(_check_exports(folder, check_month(month)))


@app.command()
def use(
    folder: Annotated[Path | None, typer.Argument(help="The folder with your exports.")] = None,
    month: Month = None,
    sample: Annotated[bool, typer.Option("--sample", help="Return to the sample shop.")] = False,
) -> None:
    """Check exports, put them under data/ and version them with DVC; other months stay as they are."""
    if (folder is None) != sample or (sample and month):
        raise UserError("Name the folder with the exports, or --sample for the sample shop, not both.")
    from tempfile import TemporaryDirectory

    from retention.intake.additions import use_sample
    from retention.tables.months.periods import check_month

    name, paths = check_month(month), Paths.here()
    if folder:
        use_checked(folder, name, settings_here(), paths)
    else:
        from retention.simulate import write_sample
        from retention.tables.months.periods import list_dated

        with TemporaryDirectory() as made:
            write_sample(Path(made))
            months = list_dated(Path(made))
            say([f"The months of the sample shop are {', '.join(months)}; of the last one:"])
            say(_check_exports(Path(made) / months[-1], months[-1]))
            use_sample(Path(made), paths)
        typer.echo("They are under data/ now, versioned in data.dvc.")


def use_checked(folder: Path, name: str, settings: "Settings", paths: Paths) -> None:
    """Check exports, put them under data/ and say so."""
    from retention.intake.additions import refuse_loss, use_exports

    refuse_loss(folder, paths, name)
    said = _check_exports(folder, name)
    files = [export.file for export in settings.tables.exports.values()]
    say([*said, *use_exports(folder, files, paths, name)])
    typer.echo(f"They are under data/{name} now, versioned in data.dvc.")


@app.command()
def outcomes(
    file: Annotated[Path, typer.Argument(help="Ids and labels, with the headers of the export that has labels.")],
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month whose customers these are.")],
) -> None:
    """Add labels of a month that came after its exports, and say who has one."""
    from retention.intake.additions import add_outcomes
    from retention.tables.months.periods import check_month

    settings, backend = settings_here(), settings_here().runtime.backend
    say(add_outcomes(file, check_month(month), settings.tables, settings.label, backend, Paths.here()))


@app.command()
def forget(customer: Annotated[str, typer.Argument(help="The customer's id.")]) -> None:
    """Take a person out of all months, campaigns and lists, and say what may still hold the person."""
    from retention.intake.forgetting import forget_customer

    say(forget_customer(customer, settings_here().tables, Paths.here()))
