"""Metrics of the judge split, logged under `judge.`; scikit-learn's definitions."""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from .contract import Job, TrainerError


def need_both_classes(y: np.ndarray, split: str) -> None:
    if y.min() == y.max():
        raise TrainerError("LABEL_ONE_CLASS", f"all {len(y)} rows of split {split} have the label {int(y[0])}")


def log_judge_metrics(job: Job, y: np.ndarray, score: np.ndarray) -> None:
    """Where one class is missing, what needs both is left out rather than guessed."""
    if y.min() != y.max():
        job.log_metric("judge.roc_auc", metrics.roc_auc_score(y, score))
    if y.max() == 1:
        job.log_metric("judge.pr_auc", metrics.average_precision_score(y, score))
    job.log_metric("judge.log_loss", metrics.log_loss(y, score, labels=[0, 1]))
    job.log_metric("judge.brier", float(np.mean((score - y) ** 2)))
