"""``python cli.py data cache …``: what was fetched, in the cache folder."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from data import terminal

app = terminal.group("What was fetched, in the cache folder.")


@app.command("list")
def list_kept(as_json: terminal.JsonOption = False) -> None:
    """What was fetched: days, size, and what did not pass."""
    from data import cache, upstream

    rows = [_cached(name) for name in sorted(upstream.upstreams())]
    aside = {label: str(told.get("reason", "")) for label, told in cache.quarantined().items()}
    if as_json:
        terminal.print_json({"folder": str(cache.folder()), "sources": rows, "quarantine": aside})
        return
    print(f"{cache.folder()}\n")
    cells = [
        (
            str(row["source"]),
            f"{row['files']:,}",
            f"{row['first']} to {row['last']}" if row["first"] else "–",
            f"{row['bytes'] / 1e3:,.0f} kB",
        )
        for row in rows
    ]
    terminal.print_table(("Name", "Files", "Days", "Size"), cells, right=(1, 3))
    if aside:
        print("\nDid not pass")
        for label, why in aside.items():
            print(f"  {label}: {why}")


def _cached(name: str) -> dict[str, Any]:
    """One row of `data cache list`."""
    from data import cache, fetch_file, stored, upstream

    if upstream.upstream(name).kind == upstream.CONTROL:
        days = [day.isoformat() for day in stored.days(name)]
        folder, count = cache.folder() / "control" / name, len(days)
    else:
        days, folder = [], fetch_file.path(name).parent
        count = int(fetch_file.path(name).exists())
    return {
        "source": name,
        "files": count,
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
        "bytes": cache.size(folder),
    }


@app.command("check")
def check_kept(as_json: terminal.JsonOption = False) -> None:
    """Whether everything fetched is still what was checked; exit status 1 where it is not."""
    from data import fetch_file, stored, upstream

    checked, damaged = 0, []
    for source in upstream.upstreams().values():
        if source.kind == upstream.CONTROL:
            days = stored.days(source.id)
            checked += len(days)
            damaged += [
                f"{source.id} {day.isoformat()}"
                for day in days
                if not stored.intact(source.id, day)
            ]
        elif fetch_file.path(source.id).exists():
            checked += 1
            damaged += [] if fetch_file.intact(source.id) else [source.id]
    if as_json:
        terminal.print_json({"checked": checked, "damaged": damaged})
    else:
        print(f"Checked: {checked:,} files, {len(damaged):,} damaged")
        for each in damaged:
            print(f"  {each}: damaged; fetch it again")
    if damaged:
        raise typer.Exit(1)


@app.command("clear")
def clear_kept(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of this source only.")] = None,
) -> None:
    """Remove what was fetched, of one source or of all, and forget that its terms were accepted."""
    from data import cache, upstream

    gone = cache.clear(upstream.upstream(name).id if name else None)
    print(f"Removed {gone / 1e3:,.0f} kB from {cache.folder()}")
