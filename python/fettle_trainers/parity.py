"""Does the exported model give what the trained one gives? Asked on real rows and on the edges of every split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from .contract import TrainerError, vector_json

REAL_ROWS = 4096
BOUNDARY_ROWS = 4096
TOLERANCE = 1e-5


def real_rows(x: np.ndarray, count: int = REAL_ROWS) -> np.ndarray:
    """Rows spread evenly over the split."""
    index = np.linspace(0, len(x) - 1, min(count, len(x))).astype(np.int64)
    return x[np.unique(index)]


def tree_boundary_rows(trees: dict[str, Any], x: np.ndarray, count: int = BOUNDARY_ROWS) -> np.ndarray:
    """Real rows with one feature put on a threshold, on the float32 below and above it, or missing; then extremes."""
    splits = {(feature, threshold) for tree in trees["trees"] for feature, threshold, left in zip(tree["feature"], tree["threshold"], tree["left"]) if left >= 0}
    ordered = sorted(splits)
    stride = max(1, -(-len(ordered) * 4 // count))
    base = real_rows(x, 1024)
    rows = []
    for number, (feature, threshold) in enumerate(ordered[::stride]):
        edge = np.float32(threshold)
        for value in (edge, np.nextafter(edge, np.float32(-np.inf)), np.nextafter(edge, np.float32(np.inf)), np.float32(np.nan)):
            row = base[number % len(base)].copy()
            row[feature] = value
            rows.append(row)
    return np.array(rows + extreme_rows(x.shape[1]), dtype=np.float32)


def extreme_rows(features: int) -> list[np.ndarray]:
    """Whole rows of missing values, zeros of both signs, the largest and smallest numbers."""
    limits = np.finfo(np.float32)
    return [np.full(features, value, dtype=np.float32) for value in (np.nan, 0.0, -0.0, limits.max, limits.min, limits.tiny)]


def missing_rows(x: np.ndarray) -> np.ndarray:
    """For each feature one real row that lacks it, then the extremes."""
    base = real_rows(x, x.shape[1]).copy()
    rows = [base[index % len(base)].copy() for index in range(x.shape[1])]
    for index, row in enumerate(rows):
        row[index] = np.nan
    return np.array(rows + extreme_rows(x.shape[1])[:3], dtype=np.float32)


def check(onnx_file: Path, native: Callable[[np.ndarray], np.ndarray], real: np.ndarray, boundary: np.ndarray) -> dict[str, Any]:
    """Largest difference in probability; PARITY_FAILED above the tolerance, with the worst row."""
    rows = np.concatenate([real, boundary])
    expected, actual = native(rows), onnx_scores(onnx_file, rows)
    difference = np.abs(expected - actual)
    worst = int(np.argmax(difference))
    report = {"realRows": len(real), "boundaryRows": len(boundary), "maxAbsDiff": float(difference[worst]), "tolerance": TOLERANCE}
    if not difference[worst] <= TOLERANCE:
        details = {**report, "vector": vector_json(rows[worst]), "native": float(expected[worst]), "exported": float(actual[worst])}
        raise TrainerError("PARITY_FAILED", f"the ONNX model differs by {difference[worst]:.3g} from the trained one", details)
    return report


def onnx_scores(onnx_file: Path, rows: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(onnx_file), options, providers=["CPUExecutionProvider"])
    return session.run(["score"], {"vector": rows})[0].astype(np.float64)


def self_test(native: Callable[[np.ndarray], np.ndarray], real: np.ndarray, boundary: np.ndarray) -> list[dict[str, Any]]:
    """32 real and 16 boundary vectors with the trained model's scores, spread over what was checked."""
    rows = np.concatenate([real_rows(real, 32), real_rows(boundary, 16)])
    return [{"vector": vector_json(row), "score": float(score)} for row, score in zip(rows, native(rows))]
