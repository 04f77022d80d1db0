"""Every level of every person, streamed to one file a chunk: Parquet where it can be had, else CSV.

A file is written whole or not at all, so a run that was killed has no half of one.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from quietdrip.compute.kept import written
from quietdrip.core.pkpd.band import heard
from quietdrip.core.pkpd.model import EFFECT
from quietdrip.core.pkpd.tally import Counts
from quietdrip.core.pkpd.trial import Arm, Trial, chunk, trajectories

Kind = Literal["parquet", "csv"]
FOLDER = "levels"
COMPRESSED = 6  # gzip's own usual effort


def kind_here() -> Kind:
    """Parquet where pyarrow is installed (quietdrip[analytics]), compressed CSV elsewhere."""
    return "csv" if find_spec("pyarrow") is None else "parquet"


def chunk_with_every_level(trial: Trial, folder: Path, kind: Kind, number: int) -> Counts:
    """The counts of a chunk, after all its levels were written to `levels/` of the folder."""
    there = folder / FOLDER
    there.mkdir(exist_ok=True)
    if kind == "parquet":
        written(there / f"{number:06}.parquet", _parquet(trial, number))
    else:
        written(there / f"{number:06}.csv.gz", _csv(trial, number))
    return chunk(trial, number)


def _rows(trial: Trial, number: int) -> Iterator[tuple[Arm, dict[str, NDArray[Any]]]]:
    """Columns of the same length, group by group; times run fastest."""
    names = ["effect" if name == EFFECT else "plasma" for name in heard(trial.model)]
    for arm, who, weight_kg, levels in trajectories(trial, number):
        times = arm.at_min.size
        columns: dict[str, NDArray[Any]] = {
            "person": np.repeat(who, times),
            "weight_kg": np.repeat(weight_kg, times),
            "at_min": np.tile(arm.at_min, who.size),
        }
        for place, name in enumerate(names):
            columns[f"{name}_ng_per_ml"] = levels[:, place].ravel()
        yield arm, columns


def _parquet(trial: Trial, number: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink, writer = io.BytesIO(), None
    for arm, columns in _rows(trial, number):
        name = pa.array([arm.protocol] * columns["person"].size).dictionary_encode()
        table = pa.table({"protocol": name, **columns})
        writer = writer or pq.ParquetWriter(sink, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return sink.getvalue()


def _csv(trial: Trial, number: int) -> bytes:
    sink = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=COMPRESSED, mtime=0) as squeezed,
        io.TextIOWrapper(squeezed, encoding="utf-8", newline="") as text,
    ):
        rows = csv.writer(text, lineterminator="\n")
        headed = False
        for arm, columns in _rows(trial, number):
            if not headed:
                rows.writerow(["protocol", *columns])
                headed = True
            for row in zip(*(column.tolist() for column in columns.values()), strict=True):
                rows.writerow([arm.protocol, *row])
    return sink.getvalue()
