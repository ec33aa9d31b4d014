"""LightGBM's pred_contrib on one thread: one pass over the rows for each line of input. `lightgbm_contrib.py FOLDER ROWS`

Trains 100 trees of 31 leaves and leaves `trees.json` in FOLDER; after that every pass prints a line of JSON. After the
first, `rows.bin` and `contributions.bin` hold the rows and what LightGBM said of them (doubles, row-major).
"""

import json
import sys
import time
from pathlib import Path

import lightgbm
import numpy as np
from fettle_trainers.trees import from_lightgbm

folder, count = Path(sys.argv[1]), int(sys.argv[2])
random = np.random.default_rng(7)


def draw(rows: int) -> np.ndarray:
    x = random.normal(size=(rows, 20)).astype(np.float32)
    x[random.random(x.shape) < 0.05] = np.nan
    return x


train = draw(50_000)
known = np.nan_to_num(train)
odds = known[:, 0] + known[:, 1] * known[:, 2] + np.sin(3 * known[:, 3]) + 0.5 * known[:, 4:12].sum(axis=1)
label = (random.random(len(train)) < 1 / (1 + np.exp(-odds))).astype(int)
settings = {"objective": "binary", "num_leaves": 31, "num_threads": 1, "seed": 7, "verbosity": -1, "deterministic": True}
booster = lightgbm.train(settings, lightgbm.Dataset(train, label), num_boost_round=100)
(folder / "trees.json").write_text(json.dumps(from_lightgbm(booster.dump_model())))
rows = draw(count).astype(np.float64)
print(json.dumps({"version": lightgbm.__version__, "leaves": sum(t["num_leaves"] for t in booster.dump_model()["tree_info"])}), flush=True)

for line in sys.stdin:
    start, before = time.perf_counter(), time.process_time()
    contributions = booster.predict(rows, pred_contrib=True, num_threads=1)
    print(json.dumps({"wall": time.perf_counter() - start, "cpu": time.process_time() - before}), flush=True)
    rows.tofile(folder / "rows.bin")
    contributions.tofile(folder / "contributions.bin")
