"""Makes the model folders beside this file. Run once, in the trainers' environment:

PYTHONPATH=python python test/data/models/make_fixtures.py
"""

import json
from pathlib import Path

import numpy as np
import onnx
from fettle_trainers import contract, judge, lightgbm, sklearn
from fettle_trainers.parity import tree_boundary_rows
from onnx import helper, numpy_helper

FOLDER = Path(__file__).parent
FEATURES = ["a", "b", "c", "d", "e"]


def data(rows: int, seed: int) -> contract.Split:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, len(FEATURES))) * [1, 10, 0.1, 3, 1]
    x[:, 3] = np.round(x[:, 3])
    x[random.random(rows) < 0.2, 0] = np.nan
    x[random.random(rows) < 0.05, 4] = np.nan
    z = np.nan_to_num(x[:, 0], nan=0.8) + 0.1 * x[:, 1] + np.where(x[:, 3] > 1, 1.0, -0.5) * 8 * x[:, 2] - 0.7
    return contract.Split(x.astype(np.float32), (random.random(rows) < 1 / (1 + np.exp(-z))).astype(np.int8))


def job(name: str, params: dict) -> contract.Job:
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    (folder / "metrics.ndjson").unlink(missing_ok=True)
    features = [{"name": feature, "type": "float64"} for feature in FEATURES]
    dataset = {"id": "ds-fixture", "checksum": "sha256:fixture", "rows": 4000}
    return contract.Job({"features": features, "dataset": dataset, "params": params, "seed": 5}, folder)


def trees(train: contract.Split, held: contract.Split) -> None:
    task = job("trees", {"num_iterations": 12, "num_leaves": 12, "min_data_in_leaf": 20})
    rounds, params = lightgbm.settings(task)
    booster = lightgbm.fit(task, {**params, "num_threads": 1}, rounds, (train, held))
    judge.log_judge_metrics(task, held.y, booster.predict(held.x))
    lightgbm.save(task, booster, held.x)
    exported = json.loads((task.output / "trees.json").read_text())
    rows = np.concatenate([held.x[:40], tree_boundary_rows(exported, held.x, 120)])
    cases = [
        {"vector": contract.vector_json(row), "contributions": [float(value) for value in phi], "raw": float(raw)}
        for row, phi, raw in zip(rows, booster.predict(rows, pred_contrib=True), booster.predict(rows, raw_score=True))
    ]
    (task.output / "contributions.json").write_text(json.dumps(cases) + "\n")


def linear(train: contract.Split, held: contract.Split) -> None:
    task = job("linear", {"C": 1.0})
    model = sklearn.fit(task, train)
    sklearn.save(task, model, lambda rows: sklearn.linear_score(*model, rows), held.x)
    rows = [contract.vector_json(row) for row in train.x]
    (task.output / "training.json").write_text(json.dumps({"rows": rows, "labels": train.y.tolist()}) + "\n")


def foreign() -> None:
    """A model as exporters of other trainers write it: names of their own, a label, a probability for each class."""
    floats = onnx.TensorProto.FLOAT
    tensors = {"W": [[0.9], [-0.4], [0.2]], "b": [-0.1], "one": [1], "half": [0.5]}
    nodes = [("MatMul", "X W", "z"), ("Add", "z b", "s"), ("Sigmoid", "s", "p"), ("Sub", "one p", "q")]
    graph = helper.make_graph(
        [helper.make_node(kind, given.split(), [made]) for kind, given, made in nodes]
        + [helper.make_node("Concat", ["q", "p"], ["probabilities"], axis=1)]
        + [helper.make_node("Greater", ["p", "half"], ["label"])],
        "g",
        [helper.make_tensor_value_info("X", floats, ["N", 3])],
        [
            helper.make_tensor_value_info("label", onnx.TensorProto.BOOL, ["N", 1]),
            helper.make_tensor_value_info("probabilities", floats, ["N", 2]),
        ],
        [numpy_helper.from_array(np.array(values, np.float32), name) for name, values in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (FOLDER / "foreign").mkdir(exist_ok=True)
    onnx.save(model, FOLDER / "foreign" / "model.onnx")


if __name__ == "__main__":
    foreign()
    trees(data(4000, 1), data(2000, 2))
    linear(data(300, 3), data(500, 4))
