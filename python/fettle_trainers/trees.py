"""LightGBM's dump as plain arrays by node, with thresholds that mean the same in float32.

For float32 x and a double threshold t: x <= t if and only if x <= the largest float32 that is not above t.
So thresholds are snapped down once, and every scorer compares float32 with float32.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .contract import TrainerError


def snap_down(threshold: float) -> float:
    """The largest finite float32 that is at most `threshold`."""
    limit = float(np.finfo(np.float32).max)
    if math.isnan(threshold) or threshold < -limit:
        raise TrainerError("PARITY_FAILED", f"split threshold {threshold} has no float32 counterpart")
    single = np.float32(min(threshold, limit))
    if float(single) > threshold:
        single = np.nextafter(single, np.float32(-np.inf))
    return float(single)


def from_lightgbm(dump: dict[str, Any]) -> dict[str, Any]:
    """trees.json of a dump_model(): one object of parallel arrays per tree; node 0 is the root; left -1 is a leaf."""
    return {
        "schema": 1,
        "features": int(dump["max_feature_idx"]) + 1,
        "inputs": list(dump["feature_names"]),
        "offset": 0.0,
        "link": "logistic",
        "rule": "le",
        "trees": [_tree(entry["tree_structure"]) for entry in dump["tree_info"]],
    }


def _tree(root: dict[str, Any]) -> dict[str, list]:
    tree: dict[str, list] = {key: [] for key in ("feature", "threshold", "left", "right", "missingLeft", "value", "cover")}
    pending: list[tuple[dict[str, Any], int, str]] = [(root, -1, "")]
    while pending:
        node, parent, side = pending.pop()
        index = len(tree["left"])
        if parent >= 0:
            tree[side][parent] = index
        leaf = "split_index" not in node
        _append(tree, _leaf(node) if leaf else _split(node))
        if not leaf:
            pending += [(node["right_child"], index, "right"), (node["left_child"], index, "left")]
    return tree


def _append(tree: dict[str, list], values: tuple) -> None:
    for key, value in zip(("feature", "threshold", "missingLeft", "value", "cover"), values):
        tree[key].append(value)
    tree["left"].append(-1)
    tree["right"].append(-1)


def _leaf(node: dict[str, Any]) -> tuple:
    return -1, 0.0, False, float(node["leaf_value"]), float(node.get("leaf_count", 1))


def _split(node: dict[str, Any]) -> tuple:
    if node["decision_type"] != "<=" or node["missing_type"] not in ("None", "NaN"):
        kind = f"{node['decision_type']} with missing type {node['missing_type']}"
        raise TrainerError("PARITY_FAILED", f"a split of kind {kind} cannot be exported: use numeric features")
    threshold = snap_down(float(node["threshold"]))
    # Without missing values in training LightGBM reads NaN as 0 when it predicts.
    missing_left = bool(node["default_left"]) if node["missing_type"] == "NaN" else threshold >= 0
    return int(node["split_feature"]), threshold, missing_left, 0.0, float(node["internal_count"])
