"""Counts of public tables with published fairness numbers. `make_counts.py FOLDER`, where FOLDER holds the Parquet files.

The rows are people, so only counts are kept: COMPAS (ProPublica, two years), German credit, Boston mortgages (HMDA), and
a decision tree of depth 4 on UCI Adult as in Fairlearn's quickstart.
"""

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.tree import DecisionTreeClassifier

source = Path(sys.argv[1])
read = lambda name: pd.read_parquet(source / f"{name}.parquet")


def confusion(frame: pd.DataFrame, group: str, acts: str, label: str) -> dict:
    cells = {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0)}
    return {
        str(name): {cell: int(((part[label] == y) & (part[acts] == a)).sum()) for cell, (y, a) in cells.items()}
        for name, part in frame.groupby(group)
    }


compas = read("compas")
compas_counts = compas.groupby(["race", "sex", "decile_score", "two_year_recid"]).size().reset_index(name="rows")
adult = read("adult")
inputs = pd.get_dummies(adult.drop(columns="class"))
adult["label"] = (adult["class"] == ">50K").astype(int)
adult["acts"] = DecisionTreeClassifier(min_samples_leaf=10, max_depth=4, random_state=0).fit(inputs, adult["label"]).predict(inputs)
german = read("german")
german["older"] = german["Age"] >= 25
hmda = read("hmda")
counts = {
    "compas": [list(map(str, row[:2])) + list(map(int, row[2:])) for row in compas_counts.values.tolist()],
    "adult": confusion(adult, "sex", "acts", "label"),
    "german": {str(k): {"good": int((p["Class"] == "Good").sum()), "rows": len(p)} for k, p in german.groupby("older")},
    "hmda": {str(k): {"denied": int(p["deny"].sum()), "rows": len(p)} for k, p in hmda.groupby("afam")},
}
(Path(__file__).parent / "counts.json").write_text(json.dumps(counts) + "\n")
