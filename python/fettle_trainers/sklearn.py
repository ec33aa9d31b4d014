"""Logistic regression with scikit-learn: scaler and model folded into one linear model.

`python -m fettle_trainers.sklearn --input input.json --output FOLDER`; params: C (default 1), max_iter (200).
"""

from __future__ import annotations

import numpy as np
import onnx
from sklearn.linear_model import LogisticRegression

from . import contract, export, judge, parity
from .dataset import load_splits
from .linear import linear_score, write_linear


def train(job: contract.Job) -> None:
    unknown = set(job.params) - {"C", "max_iter"}
    if unknown:
        raise contract.TrainerError("TRAINER_FAILED", f"the sklearn trainer does not take {', '.join(sorted(unknown))}")
    train_split, judge_split = load_splits(job)
    judge.need_both_classes(train_split.y, job.input["split"]["train"])
    contract.progress(0, None, "rows", "fitting")
    weights, intercept, means = fit(job, train_split)

    def score(rows: np.ndarray) -> np.ndarray:
        return linear_score(weights, intercept, means, rows)

    judge.log_judge_metrics(job, judge_split.y, score(judge_split.x))
    save(job, (weights, intercept, means), score, judge_split.x)


def fit(job: contract.Job, split: contract.Split) -> tuple[np.ndarray, float, np.ndarray]:
    """Weights and intercept on raw inputs, and the mean of each input, which stands in for a missing value."""
    x = split.x.astype(np.float64)
    present = ~np.isnan(x)
    means = np.where(present, x, 0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    filled = np.where(present, x, means)
    spread = filled.std(axis=0)
    scale = np.where(spread > 0, spread, np.inf)
    model = LogisticRegression(C=float(job.params.get("C", 1.0)), max_iter=int(job.params.get("max_iter", 200)), solver="newton-cholesky", tol=1e-8)
    model.fit((filled - means) / scale, split.y)
    weights = model.coef_[0] / scale
    return weights, float(model.intercept_[0] - weights @ means), means


def save(job: contract.Job, model: tuple, score, x: np.ndarray) -> None:
    weights, intercept, means = model
    onnx.save(export.linear_to_onnx(weights, intercept, means), str(job.output / "model.onnx"))
    write_linear(job.output, job.features, model)
    real, boundary = parity.real_rows(x), parity.missing_rows(x)
    result = parity.check(job.output / "model.onnx", score, real, boundary)
    tests = parity.self_test(score, real, boundary)
    contract.write_manifest(job, format="linear", self_test=tests, tolerance=parity.TOLERANCE, parity=result)


if __name__ == "__main__":
    contract.run(train)
