"""The trainer contract: what comes in, what goes out, how progress and metrics are told."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np


class TrainerError(Exception):
    """A failure the user can do something about. `code` is one of Fettle's error codes."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None):
        super().__init__(message)
        self.code, self.details = code, details or {}


@dataclass(frozen=True)
class Split:
    """Rows of one split: `x` float32 [rows, features], NaN where missing; `y` int8 [rows], 0 or 1."""

    x: np.ndarray
    y: np.ndarray


@dataclass
class Job:
    """One call of a trainer: the parsed input.json and the folder to write to."""

    input: dict[str, Any]
    output: Path
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def features(self) -> list[str]:
        return [feature["name"] for feature in self.input["features"]]

    @property
    def params(self) -> dict[str, Any]:
        return dict(self.input.get("params") or {})

    @property
    def seed(self) -> int:
        return int(self.input.get("seed") or 0)

    def log_metric(self, key: str, value: float, step: int = 0) -> None:
        """Appends one point to metrics.ndjson, which Fettle follows while the trainer runs."""
        self.metrics[key] = float(value)
        point = {"key": key, "step": step, "value": _json_number(value)}
        with open(self.output / "metrics.ndjson", "a", encoding="utf-8") as stream:
            stream.write(json.dumps(point) + "\n")


def _json_number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(value)


def threads() -> int:
    """Threads this trainer may use: FETTLE_THREADS, else the machine's."""
    return max(1, int(os.environ.get("FETTLE_THREADS") or os.cpu_count() or 1))


def progress(done: int, total: int | None, unit: str, message: str) -> None:
    """Tells how far the work is, if somebody listens on the descriptor FETTLE_PROGRESS_FD."""
    descriptor = os.environ.get("FETTLE_PROGRESS_FD")
    if descriptor:
        line = json.dumps({"done": done, "total": total, "unit": unit, "message": message}) + "\n"
        os.write(int(descriptor), line.encode())


def run(train) -> None:
    """Entry point of a trainer: parses the arguments, calls `train(job)`, reports a failure in error.json."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    job = Job(json.loads(arguments.input.read_text(encoding="utf-8")), arguments.output)
    try:
        if job.input.get("schema") != 1:
            raise TrainerError("TRAINER_FAILED", f"input.json has schema {job.input.get('schema')!r}, this trainer reads 1")
        train(job)
    except TrainerError as error:
        body = {"code": error.code, "message": str(error), "details": error.details}
        (arguments.output / "error.json").write_text(json.dumps(body), encoding="utf-8")
        print(f"{error.code}: {error}", file=sys.stderr)
        sys.exit(3)


def write_manifest(job: Job, *, format: str, self_test: list[dict[str, Any]], tolerance: float, parity: dict[str, Any], switches: dict[str, Any] | None = None) -> None:
    """Writes model.json. Called last: a model folder without it is unfinished. `switches`: what was fixed for equal bytes."""
    manifest = {
        "schema": 1,
        "format": format,
        "inputs": [{**feature, "nullable": True} for feature in job.input["features"]],
        "outputs": [{"name": "score", "type": "float64", "nullable": False}],
        "metrics": {key: _defined(value) for key, value in sorted(job.metrics.items())},
        "environment": environment(job),
        "parity": parity,
        "selfTest": self_test,
        "tolerance": tolerance,
        "trainedOn": {key: job.input["dataset"].get(key) for key in ("id", "checksum", "rows")},
        "seed": job.seed,
        "switches": switches or {},
        "params": job.params,
    }
    (job.output / "model.json").write_text(json.dumps(manifest, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _defined(value: float) -> float | dict[str, str]:
    return float(value) if math.isfinite(value) else {"undefined": "not-finite"}


def environment(job: Job) -> dict[str, Any]:
    """What the model was trained with: interpreter, platform, lock and package versions, threads."""
    names = ("lightgbm", "numpy", "onnx", "onnxruntime", "pyarrow", "scikit-learn", "scipy")
    return {
        **(job.input.get("environment") or {}),
        "interpreter": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.machine()}".lower(),
        "threads": threads(),
        "packages": {name: version for name in names if (version := _version(name))},
        "blas": _blas(),
    }


def _blas() -> str:
    """The library that numpy multiplies matrices with, as far as numpy tells."""
    try:
        blas = np.__config__.show(mode="dicts")["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas.get('version', '')}".strip()
    except (AttributeError, KeyError, TypeError):
        return "unknown"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def vector_json(row: np.ndarray) -> list[float | None]:
    """A feature vector as JSON: null where the value is missing."""
    return [None if math.isnan(value) else float(value) for value in row]
