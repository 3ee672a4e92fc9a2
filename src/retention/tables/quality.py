"""The quality report: what was read, what was found, what is left."""

from collections.abc import Iterator

from retention.strict import Strict, Text


class FileSize(Strict):
    """One export as it was read."""

    rows: int  # how many it has, without the header
    columns: int  # and how many columns


class CustomerCounts(Strict):
    """What became of the customers, counted as different ids of the main export."""

    read: int  # how many there are: `kept` + `excluded` + `quarantined`
    kept: int  # the usable; of a month that is learnt from, those of them without a label are left out afterwards
    excluded: int  # left out by a rule about whole customers: inactive, outlying, or the second of twins
    quarantined: int  # left out for a defect of their rows


class FindingSummary(Strict):
    """One kind of defect in one place."""

    code: str  # which defect
    table: str  # the export's key in the settings
    file: str  # the name of its file
    column: str | None  # the canonical column, if it is about one
    count: int  # how many rows, cells or customers are concerned
    handling: str
    """What was done: ``repair``, ``ignore``, ``quarantine``, ``exclude``, ``keep``, ``zero``, ``sum``, ``first`` or
    ``drop_second``."""
    message: Text  # the sentence for people
    rows: tuple[int, ...]  # the first lines of the file that it is about, at most ten


class LabelCounts(Strict):
    """What is known of a month's usable customers by now."""

    known: int  # whose label is in the month's export or outcomes
    absent: int  # who counts as declined because later exports do not have them
    unknown: int  # of whom nothing is known: they are not learnt from


class MonthQuality(Strict):
    """What the exports of one month hold and what was done about it."""

    month: str = ""  # which month; empty if the exports are undated
    files: dict[str, FileSize]  # by the file's name
    customers: CustomerCounts  # what became of the customers
    labels: LabelCounts | None = None  # for a month with a date that is learnt from
    findings: tuple[FindingSummary, ...]  # what was found, in the order of the checks


class Quality(MonthQuality):
    """``quality.json``: what was found in the month acted on, and in those before it."""

    earlier: tuple[MonthQuality, ...] = ()  # the months before it, in order

    @property
    def months(self) -> tuple[MonthQuality, ...]:
        """All months, in order."""
        return (*self.earlier, self)


def list_lines(quality: MonthQuality) -> Iterator[str]:
    """Yield a line a file, one for the customers and one a finding."""
    for file, size in quality.files.items():
        yield f"{file}: {size.rows:,} rows, {size.columns} columns"
    customers = quality.customers
    yield (
        f"{customers.read:,} customers: {customers.kept:,} usable, {customers.excluded:,} excluded, "
        f"{customers.quarantined:,} unusable"
    )
    for finding in quality.findings:
        place = f"{finding.file}, {finding.column}" if finding.column else finding.file
        yield f"- {place}: {finding.message.en}: {finding.count:,} ({finding.handling})"
