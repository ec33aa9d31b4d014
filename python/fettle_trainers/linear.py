"""Linear models in the format `linear`: weights on raw inputs, link logistic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np


def linear_score(weights: np.ndarray, intercept: float, imputation: np.ndarray, rows: np.ndarray) -> np.ndarray:
    filled = np.where(np.isnan(rows), imputation, rows.astype(np.float64))
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(filled @ weights + intercept)))


def write_linear(folder: Path, inputs: list[str], model: tuple) -> None:
    """linear.json: score = sigmoid(intercept + Σ weight·x), x replaced by its imputation where missing."""
    weights, intercept, means = model
    body = {
        "schema": 1, "link": "logistic", "inputs": inputs, "weights": [float(value) for value in weights],
        "intercept": float(intercept), "imputation": [float(value) for value in means], "means": [float(value) for value in means],
    }
    (folder / "linear.json").write_text(json.dumps(body, allow_nan=False) + "\n", encoding="utf-8")
