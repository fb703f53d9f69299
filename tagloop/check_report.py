"""What `tagloop ingest --check` says: what a mapping makes of its files, and every problem with its fix."""

from collections import Counter

from features.sources.checking.fixes import fix_of_problem, fix_of_rejects
from features.sources.checking.understood import SeenReject, SeenTable
from features.sources.rejects import REASONS
from tagloop.checked import Checked, categories, facts, sample_rows
from tagloop.console import Terminal

_SHOWN = ("occurred_at", "customer_id", "type", "item_id", "quantity", "amount", "rating", "channel", "text")
_TEXT_SHOWN = 24


def show_check(checked: Checked, terminal: Terminal) -> None:
    """Print it: files, columns, events, items, sample rows, then what is wrong."""
    _files(checked, terminal)
    if checked.found.tables:
        _columns(checked, terminal)
    if len(checked.found.events):
        _events(checked, terminal)
        _facts(checked, terminal)
    _categories(checked, terminal)
    _rows(checked, terminal)
    _rejects(checked, terminal)
    for warning in checked.warnings:
        terminal.line("Look at this: {text}", text=warning.render(terminal.language))
    for problem in checked.found.problems:
        said = f"{problem.field}: {problem.message.render(terminal.language)}"
        terminal.mark(said, good=False)
        _fix(fix_of_problem(problem), terminal)
    for table in checked.empty_tables:
        terminal.mark(
            terminal.say("{table}: every row of the sample was rejected", table=table.key), good=False
        )
    if checked.is_fine:
        terminal.mark(terminal.say("The mapping fits its files"), good=True)


def _files(checked: Checked, terminal: Terminal) -> None:
    rows = [
        (
            table.key,
            file.path.name,
            file.format,
            file.encoding,
            file.rows if file.is_exact else f"~{file.rows:,}",
        )
        for table in checked.found.tables
        for file in table.files
    ]
    terminal.table("Files", ["table", "file", "format", "encoding", "rows"], rows)
    for table in checked.found.tables:
        if not table.is_whole:
            terminal.line(
                "{table}: a sample of {rows} rows was read, from all over it",
                table=table.key,
                rows=f"{table.rows:,}",
            )


def _columns(checked: Checked, terminal: Terminal) -> None:
    rows = [
        (table.key, column, " ".join(fields), _share(table, fields))
        for table in checked.found.tables
        for column, fields in table.used.items()
    ]
    terminal.table("Columns", ["table", "column", "becomes", "empty"], rows)
    for table in checked.found.tables:
        if table.unused:
            terminal.line("{table} leaves out: {columns}", table=table.key, columns=", ".join(table.unused))


def _share(table: SeenTable, fields: list[str]) -> str:
    names = [field.split(".")[-1].split("[")[0] for field in fields]
    shares = [table.empty[name] for name in names if name in table.empty]
    return f"{max(shares):.0%}" if shares and max(shares) > 0 else ""


def _events(checked: Checked, terminal: Terminal) -> None:
    counts = Counter(checked.found.events.column("type").to_pylist())
    roles = checked.found.types.roles
    rows = [
        (type_, terminal.say(ROLES[roles[str(type_)].value]), count) for type_, count in counts.most_common()
    ]
    terminal.table("Events in the sample", ["type", "counts as", "rows"], rows)


def _facts(checked: Checked, terminal: Terminal) -> None:
    told = facts(checked)
    first, last = told["from"], told["until"]
    terminal.line(
        "Dates: {first} to {last}, {days} days in {zone}",
        first=first,
        last=last,
        days=told["days"],
        zone=checked.zone.key,
    )
    if checked.mapping.timezone_of_naive:
        terminal.line("Times without an offset are read in {zone}", zone=checked.mapping.timezone_of_naive)
    terminal.line(
        "Customers: {customers}; items: {items}; orders: {orders}",
        **{name: f"{told[name]:,}" for name in ("customers", "items", "orders")},
    )
    if told["amount"]:
        low, middle, high = (f"{value:,.2f}" for value in told["amount"].values())
        terminal.line(
            "Amounts: {low} to {high} {currency}, half of them up to {middle}",
            low=low,
            middle=middle,
            high=high,
            currency=checked.mapping.currency,
        )


def _categories(checked: Checked, terminal: Terminal) -> None:
    rows = [
        (
            str(level["level"]),
            level["labels"],
            ", ".join(f"{label} {count}" for label, count in level["biggest"]),
        )
        for level in categories(checked)
    ]
    if rows:
        terminal.table("Categories of the items", ["level", "labels", "biggest, with their items"], rows)


def _rows(checked: Checked, terminal: Terminal) -> None:
    rows = [row for table in checked.found.of("events") for row in sample_rows(table, checked.zone)]
    names = [name for name in _SHOWN if any(row.get(name) is not None for row in rows)]
    cells = [["" if row[name] is None else str(row[name])[:_TEXT_SHOWN] for name in names] for row in rows]
    if cells:
        terminal.table("Rows as events", names, cells)


def _rejects(checked: Checked, terminal: Terminal) -> None:
    for table in checked.found.tables:
        if table.skipped:
            terminal.line(
                "{table}: {rows} of {all} rows skipped, as the mapping says",
                table=table.key,
                rows=f"{table.skipped:,}",
                all=f"{table.rows:,}",
            )
    for reject in checked.found.rejects:
        terminal.line(
            "{table}: {rows} of {all} rows rejected: {reason}. First: {file}, row {line}: {detail}",
            table=reject.table,
            rows=reject.rows,
            all=sum(table.rows for table in checked.found.tables if table.key == reject.table),
            reason=REASONS[reject.reason].render(terminal.language),
            file=reject.first.file,
            line=_line(reject),
            detail=reject.first.detail,
        )
        _fix(fix_of_rejects(reject, checked.mapping), terminal)


def _line(reject: SeenReject) -> str:
    return f"{reject.first.line:,}" if reject.line_is_exact else "?"


def _fix(yaml: str, terminal: Terminal) -> None:
    if yaml:
        terminal.line("    write: {yaml}", yaml=yaml)


ROLES = {
    "purchase": "a purchase",
    "refund": "a return",
    "exposure": "being reached",
    "redemption": "a redeemed coupon",
    "interest": "interest",
    "contact": "a contact",
    "presence": "a visit",
    "opinion": "an opinion",
}
