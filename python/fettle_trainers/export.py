"""ONNX graphs written by hand from plain arrays: input `vector` float [N, F], output `score` float [N].

The score is the probability of the positive class. Operators: opset 13, ai.onnx.ml 3, IR 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper


def trees_to_onnx(trees: dict[str, Any]) -> onnx.ModelProto:
    """TreeEnsembleRegressor over trees.json, then the logistic link. NaN goes where missingLeft says."""
    ensemble = helper.make_node("TreeEnsembleRegressor", ["vector"], ["raw"], domain="ai.onnx.ml", **_attributes(trees))
    return _model([ensemble, *_link("raw")], trees["features"], [_constant("flat", np.array([-1], dtype=np.int64))])


def linear_to_onnx(weights: np.ndarray, intercept: float, imputation: np.ndarray) -> onnx.ModelProto:
    """sigmoid(w·x + b) with missing values replaced, in double inside so that large inputs do not cancel."""
    constants = [
        _constant("imputation", imputation.astype(np.float64)[None, :]),
        _constant("weights", weights.astype(np.float64)[:, None]),
        _constant("intercept", np.array([intercept], dtype=np.float64)),
        _constant("flat", np.array([-1], dtype=np.int64)),
    ]
    nodes = [
        helper.make_node("Cast", ["vector"], ["double"], to=TensorProto.DOUBLE),
        helper.make_node("IsNaN", ["double"], ["missing"]),
        helper.make_node("Where", ["missing", "imputation", "double"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["product"]),
        helper.make_node("Add", ["product", "intercept"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["raw"], to=TensorProto.FLOAT),
        *_link("raw"),
    ]
    return _model(nodes, len(weights), constants)


def _link(raw: str) -> list[onnx.NodeProto]:
    return [helper.make_node("Sigmoid", [raw], ["probability"]), helper.make_node("Reshape", ["probability", "flat"], ["score"])]


def _constant(name: str, values: np.ndarray) -> onnx.TensorProto:
    return onnx.numpy_helper.from_array(values, name)


def _model(nodes: list, features: int, constants: list) -> onnx.ModelProto:
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["N", features])
    score = helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"])
    graph = helper.make_graph(nodes, "model", [vector], [score], constants)
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="fettle", ir_version=8)
    onnx.checker.check_model(model)
    return model


def _attributes(trees: dict[str, Any]) -> dict[str, Any]:
    columns: dict[str, list] = {key: [] for key in ("tree", "node", "feature", "value", "mode", "yes", "no", "missing")}
    leaves: dict[str, list] = {key: [] for key in ("tree", "node", "weight")}
    for number, tree in enumerate(trees["trees"]):
        for node, left in enumerate(tree["left"]):
            leaf = left < 0
            columns["tree"].append(number)
            columns["node"].append(node)
            columns["feature"].append(0 if leaf else tree["feature"][node])
            columns["value"].append(tree["threshold"][node])
            columns["mode"].append("LEAF" if leaf else "BRANCH_LEQ")
            columns["yes"].append(0 if leaf else left)
            columns["no"].append(0 if leaf else tree["right"][node])
            columns["missing"].append(int(tree["missingLeft"][node]))
            if leaf:
                leaves["tree"].append(number)
                leaves["node"].append(node)
                leaves["weight"].append(tree["value"][node])
    return {
        "n_targets": 1,
        "post_transform": "NONE",
        "aggregate_function": "SUM",
        "base_values": [float(trees["offset"])],
        "nodes_treeids": columns["tree"],
        "nodes_nodeids": columns["node"],
        "nodes_featureids": columns["feature"],
        "nodes_values": columns["value"],
        "nodes_modes": columns["mode"],
        "nodes_truenodeids": columns["yes"],
        "nodes_falsenodeids": columns["no"],
        "nodes_missing_value_tracks_true": columns["missing"],
        "target_treeids": leaves["tree"],
        "target_nodeids": leaves["node"],
        "target_ids": [0] * len(leaves["tree"]),
        "target_weights": leaves["weight"],
    }
