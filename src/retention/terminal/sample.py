"""The verb ``simulate``: a sample shop of one undated month, or over months."""

from pathlib import Path
from typing import Annotated

import typer

from retention.errors import UserError

UNDATED_CUSTOMERS, UNDATED_SEED = 1300, 42

app = typer.Typer()


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="The folder to write the exports to.")],
    customers: Annotated[int | None, typer.Option(min=100, help="How many; 1,300, or 500 a month.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed; the same one gives the same bytes.")] = UNDATED_SEED,
    truth: Annotated[
        Path | None, typer.Option(help="Also write what is true here: a file, or with --months a folder.")
    ] = None,
    months: Annotated[int | None, typer.Option(min=1, help="A folder of exports for each of so many months.")] = None,
    start: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="The first month; 2026-03.")] = None,
    drift: Annotated[str, typer.Option(help="What changes: covariates, harder, relation or prior.")] = "none",
    drift_from: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="From which month.")] = None,
    answer: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="assigned.csv of a launched campaign, to be answered.")
    ] = None,
) -> None:
    """Write a sample shop: four exports with the defects of real ones, from a known model; or many months of one."""
    from retention.simulate import write_shop
    from retention.simulate.drift import choose_drift
    from retention.simulate.months import FIRST_MONTH, MONTHLY_CUSTOMERS, name_months, read_assigned, write_months

    if months is None:
        if drift != "none" or drift_from or answer:
            raise UserError("--drift and --answer are about months: say --months too.")
        customers = customers or UNDATED_CUSTOMERS
        write_shop(out, customers=customers, seed=seed, truth=truth)
        typer.echo(f"Wrote the four exports of {customers:,} customers to {out}.")
        return
    names, customers = name_months(start or FIRST_MONTH, months), customers or MONTHLY_CUSTOMERS
    change = choose_drift(drift, drift_from, names)
    write_months(
        out, names, customers=customers, seed=seed, drift=change, truth=truth, assigned=read_assigned(answer or [])
    )
    typer.echo(f"Wrote {months} months of {customers:,} customers, {names[0]} to {names[-1]}, to {out}.")
