"""Reads the training set: Parquet files to float32 matrices, one per split."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from .contract import Job, Split, TrainerError, progress


def load_splits(job: Job) -> tuple[Split, Split]:
    """The train and the judge split. Rows without a label are left out."""
    split = job.input["split"]
    train = load_split(job, split["train"])
    judge = load_split(job, split["judge"])
    return train, judge


def load_split(job: Job, name: str) -> Split:
    """Rows of one split in file order."""
    progress(0, None, "rows", f"reading split {name}")
    label, column = job.input["label"], job.input["split"]["column"]
    files = ds.dataset(job.input["dataset"]["files"], format="parquet")
    wanted = [*job.features, label, column]
    missing = [name for name in wanted if name not in files.schema.names]
    if missing:
        raise TrainerError("SIGNATURE_MISMATCH", f"the training set has no column {', '.join(missing)}")
    rows = (ds.field(column) == name) & ds.field(label).is_valid()
    table = files.to_table(columns=[*job.features, label], filter=rows)
    if table.num_rows == 0:
        raise TrainerError("NO_ROWS_LEFT", f"split {name} has no labelled rows")
    y = to_float64(table.column(label), label).astype(np.int8)
    if not ((y == 0) | (y == 1)).all():
        raise TrainerError("SIGNATURE_MISMATCH", f"the label {label} must be false/true or 0/1")
    x = np.empty((table.num_rows, len(job.features)), dtype=np.float32)
    for index, feature in enumerate(job.features):
        x[:, index] = to_float32(table.column(feature), feature)
    return Split(x, y)


def to_float32(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """A column as float32, rounded once; an infinite value is refused rather than learnt from."""
    with np.errstate(over="ignore"):
        values = to_float64(column, name).astype(np.float32)
    if np.isinf(values).any():
        raise TrainerError("SOURCE_BAD_VALUE", f"column {name} holds a value that float32 cannot: models read float32")
    return values


def to_float64(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """A column as float64 with NaN for null. Every number passes through float64 so that all readers agree."""
    kind = column.type
    if pa.types.is_date32(kind):
        column = pc.cast(column, pa.int32())
    elif not (pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise TrainerError("SIGNATURE_MISMATCH", f"column {name} is {kind}; models take numbers and booleans")
    if pa.types.is_boolean(kind):
        column = pc.cast(column, pa.int8())
    values = pc.cast(column, pa.float64(), safe=False)
    return values.to_numpy()
