"""The table of how models did on observed data, as a page of the handbook prints it."""

from collections.abc import Mapping
from typing import Any

HEAD = """\
| model | observed | site | level | points | MDPE % | MDAPE % |
|---|---|---|---|---:|---:|---:|
"""


def table(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """Every evaluation the entries of the library carry, by model, as a Markdown table."""
    lines = [
        f"| {model_id} | {_cell(row)} | {row['site']} | {row['output']} | {row['points']} | "
        f"{row['mdpe_percent']:+.1f} | {row['mdape_percent']:.1f} |\n"
        for model_id, entry in sorted(entries.items())
        for row in entry.get("evaluation", ())
        if isinstance(row, Mapping)
    ]
    return HEAD + "".join(lines)


def _cell(row: Mapping[str, Any]) -> str:
    """What was observed, with the remark that belongs to it."""
    says = row.get("says", "")
    return f"{row['data']} ({says})" if says else str(row["data"])
