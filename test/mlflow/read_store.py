"""Reads a store with the public SDK and prints what it says of it as one JSON line."""

import json
import logging
import math

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType

logging.getLogger("mlflow").setLevel(logging.ERROR)
LINE = int(mlflow.__version__.split(".")[0])
client = MlflowClient()
told = {"experiments": {}, "runs": {}, "models": {}, "loggedModels": {}}
for experiment in client.search_experiments(view_type=ViewType.ALL):
    told["experiments"][experiment.name] = [experiment.lifecycle_stage, experiment.tags]
    if experiment.lifecycle_stage == "deleted":
        continue
    for run in client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL):
        points = {}
        for key in run.data.metrics:
            history = client.get_metric_history(run.info.run_id, key)
            points[key] = len([point for point in history if not math.isnan(point.value)])
        told["runs"][run.info.run_name] = {
            "status": run.info.status,
            "stage": run.info.lifecycle_stage,
            "start": run.info.start_time,
            "params": len(run.data.params),
            "points": points,
            "datasets": sorted(given.dataset.name for given in run.inputs.dataset_inputs),
            "files": sorted(file.path for file in client.list_artifacts(run.info.run_id)),
        }
    if LINE >= 3:
        for model in client.search_logged_models([experiment.experiment_id]):
            told["loggedModels"][model.name] = [str(model.status), model.params, len(model.metrics or [])]
for model in client.search_registered_models():
    versions = client.search_model_versions(f"name = '{model.name}'")
    told["models"][model.name] = [
        {name: int(version) for name, version in model.aliases.items()},
        sorted([int(version.version), version.current_stage] for version in versions),
    ]
print("@told " + json.dumps(told, sort_keys=True))
