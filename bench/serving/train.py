"""Trains the model that every server of bench/serving.ts answers with: 100 LightGBM trees of depth 6 over 30 features.

Writes into the folder named by the first argument: model.txt, trees.json, an MLflow model, rows.json with the scores
that LightGBM gives them, and what MLServer and BentoML want to be told.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lightgbm
import mlflow.lightgbm
import numpy as np
from mlflow.models import infer_signature

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
from fettle_trainers.trees import from_lightgbm  # noqa: E402

folder = Path(sys.argv[1])
names = [f"f{i}" for i in range(30)]
random = np.random.default_rng(7)
values = random.random((20_000, 30)).astype(np.float32)
label = (values[:, 0] + values[:, 1] * values[:, 2] + random.random(20_000) > 1.2).astype(int)
params = {"objective": "binary", "max_depth": 6, "num_leaves": 63, "verbose": -1, "seed": 7, "num_threads": 1}
booster = lightgbm.train(params, lightgbm.Dataset(values, label, feature_name=names), 100)

booster.save_model(folder / "model.txt")
(folder / "trees.json").write_text(json.dumps(from_lightgbm(booster.dump_model())))
rows = np.round(random.random((512, 30)), 6).astype(np.float32).astype(np.float64)
scores = booster.predict(rows, num_threads=1)
(folder / "rows.json").write_text(json.dumps({"rows": rows.tolist(), "scores": scores.tolist()}))

mlflow.lightgbm.save_model(booster, folder / "mlflow", signature=infer_signature(rows, scores))

mlserver = folder / "mlserver"
mlserver.mkdir()
settings = {
    "name": "late",
    "implementation": "mlserver_lightgbm.LightGBMModel",
    "parameters": {"uri": str(folder / "model.txt")},
}
(mlserver / "model-settings.json").write_text(json.dumps(settings))
server = {"debug": False, "parallel_workers": 0, "host": "127.0.0.1", "http_port": int(sys.argv[2]), "grpc_port": int(sys.argv[2]) + 1, "metrics_port": int(sys.argv[2]) + 2}
(mlserver / "settings.json").write_text(json.dumps(server))
