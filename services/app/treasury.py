"""``run.py money``: the trial balance of a run, from its journal alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from services.facts.money import MoneyPosted
from services.facts.opening import HallOpened
from services.hall.money import Accounts, UnbalancedError, balanced
from services.hall.opening import money_of
from services.storage.stores import open_archive


def print_balance(data: Path, report: Path | None = None, console: Console | None = None) -> int:
    """Book every posting again and print what the accounts come to; ``report`` takes it as JSON. 1 where a posting does
    not come to nothing, or something was booked twice. Raises :class:`services.storage.stores.StoresError`."""
    console = console or Console()
    accounts, kinds, faults = Accounts(), Counter[str](), list[str]()
    opened = open_archive(data)
    for entry in opened.archive.entries(0):
        if isinstance(entry.fact, HallOpened):
            accounts.state = money_of(entry.fact)
            kinds.update(posting.kind for posting in accounts.state.postings.values())
            faults += [f"row {entry.sequence}: {id} does not come to nothing" for id in unbalanced(accounts)]
        if not isinstance(entry.fact, MoneyPosted):
            continue
        kinds[entry.fact.kind] += 1
        if accounts.booked(entry.fact.once):
            faults.append(f"row {entry.sequence}: {entry.fact.once} was booked before")
        try:
            accounts.record(entry.fact)
        except UnbalancedError as fault:
            faults.append(f"row {entry.sequence}: {fault}")
    opened.close()
    balances = accounts.trial_balance()
    console.print(_table(balances))
    console.print(", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items())) or "Nothing was booked.")
    for line in faults:
        console.print(f"[red]{line}[/]")
    total = sum(balances.values())
    if report is not None:
        found = {"balances": balances, "postings": dict(sorted(kinds.items())), "total": total, "faults": faults}
        report.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    if faults or total:
        return 1
    console.print("[green]The accounts balance[/]: together they come to nothing.")
    return 0


def unbalanced(accounts: Accounts) -> list[str]:
    """Postings whose lines do not come to nothing."""
    return [id for id, posting in accounts.state.postings.items() if not balanced(posting.lines)]


def _table(balances: dict[str, int]) -> Table:
    """Debits and credits in yuan; residents' accounts as one."""
    together: Counter[str] = Counter()
    for account, cents in balances.items():
        together["due from residents" if account.startswith("due/") else account] += cents
    table = Table("account", "debit, yuan", "credit, yuan")
    for column in table.columns[1:]:
        column.justify = "right"
    for account, cents in sorted(together.items()):
        shown = f"{abs(cents) / 100:,.2f}"
        table.add_row(account, shown if cents > 0 else "", shown if cents < 0 else "")
    return table
