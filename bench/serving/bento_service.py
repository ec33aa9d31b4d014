"""The model of bench/serving.ts behind BentoML, one worker, with neither access log nor metrics."""

from __future__ import annotations

import os

import bentoml
import lightgbm
import numpy as np


@bentoml.service(workers=1, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Late:
    def __init__(self) -> None:
        self.booster = lightgbm.Booster(model_file=os.environ["BENCH_MODEL"])

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[float]:
        return self.booster.predict(np.asarray(rows), num_threads=1).tolist()
