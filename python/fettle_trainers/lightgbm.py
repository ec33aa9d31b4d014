"""Gradient boosting with LightGBM: `python -m fettle_trainers.lightgbm --input input.json --output FOLDER`."""

from __future__ import annotations

import json

import lightgbm as gbm
import numpy as np
import onnx

from . import contract, export, judge, parity, trees
from .dataset import load_splits

DEFAULTS = {"num_leaves": 63, "learning_rate": 0.1, "min_data_in_leaf": 100, "max_bin": 255}
ROUNDS = ("num_iterations", "n_estimators", "num_trees", "num_boost_round", "trees")
REFUSED = ("linear_tree", "zero_as_missing", "objective", "categorical_feature", "early_stopping_round")
SWITCHES = ("seed", "deterministic", "force_row_wise", "num_threads")
CURVE_ROWS = 50_000


def train(job: contract.Job) -> None:
    rounds, params = settings(job)
    train_split, judge_split = load_splits(job)
    judge.need_both_classes(train_split.y, job.input["split"]["train"])
    print(f"{len(train_split.y)} rows to train on, {len(judge_split.y)} to judge by, {len(job.features)} features", flush=True)
    booster = fit(job, params, rounds, (train_split, judge_split))
    judge.log_judge_metrics(job, judge_split.y, booster.predict(judge_split.x))
    save(job, booster, params, judge_split.x)


def settings(job: contract.Job) -> tuple[int, dict]:
    """Number of trees and LightGBM's parameters; what would break the export or the repeatability is refused."""
    given = job.params
    refused = [name for name in REFUSED if name in given]
    if refused:
        raise contract.TrainerError("TRAINER_FAILED", f"the lightgbm trainer does not take {', '.join(refused)}")
    rounds = next((int(given.pop(name)) for name in ROUNDS if name in given), 120)
    fixed = {
        "objective": "binary", "metric": ["binary_logloss", "auc"], "seed": job.seed, "deterministic": True,
        "force_row_wise": True, "num_threads": contract.threads(), "verbosity": -1,
    }
    return rounds, {**DEFAULTS, **given, **fixed}


def fit(job: contract.Job, params: dict, rounds: int, splits: tuple) -> gbm.Booster:
    train_split, judge_split = splits
    contract.progress(0, rounds, "trees", "binning")
    data = gbm.Dataset(train_split.x, label=train_split.y, feature_name=job.features, params=params, free_raw_data=False)
    curves = [data.create_valid(*sample(split)) for split in (train_split, judge_split)]
    return gbm.train(params, data, rounds, valid_sets=curves, valid_names=["train", "judge"], callbacks=[report(job, rounds)])


def sample(split: contract.Split) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spread rows for the learning curve; judging on all of them happens once, at the end."""
    index = np.unique(np.linspace(0, len(split.y) - 1, min(CURVE_ROWS, len(split.y))).astype(np.int64))
    return split.x[index], split.y[index]


def report(job: contract.Job, rounds: int):
    names = {"binary_logloss": "log_loss", "auc": "roc_auc"}

    def callback(env) -> None:
        step = env.iteration + 1
        for dataset, metric, value, _ in env.evaluation_result_list or []:
            job.log_metric(f"curve.{dataset}.{names.get(metric, metric)}", value, step)
        contract.progress(step, rounds, "trees", "boosting")

    return callback


def save(job: contract.Job, booster: gbm.Booster, params: dict, x: np.ndarray) -> None:
    contract.progress(0, None, "rows", "exporting and comparing")
    exported = trees.from_lightgbm(booster.dump_model())
    (job.output / "trees.json").write_text(json.dumps(exported, allow_nan=False, separators=(",", ":")), encoding="utf-8")
    booster.save_model(str(job.output / "model.txt"))
    onnx.save(export.trees_to_onnx(exported), str(job.output / "model.onnx"))
    real, boundary = parity.real_rows(x), parity.tree_boundary_rows(exported, x)
    result = parity.check(job.output / "model.onnx", booster.predict, real, boundary)
    tests = parity.self_test(booster.predict, real, boundary)
    switches = {name: params[name] for name in SWITCHES}
    contract.write_manifest(
        job, format="onnx", self_test=tests, tolerance=parity.TOLERANCE, parity=result, switches=switches
    )


if __name__ == "__main__":
    contract.run(train)
