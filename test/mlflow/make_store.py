"""Fills a store with something of everything that can be imported; needs no model library."""

import logging
import sys
import tempfile
from pathlib import Path

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

logging.getLogger("mlflow").setLevel(logging.ERROR)
LINE = int(mlflow.__version__.split(".")[0])
client = MlflowClient()


def experiments():
    first = client.create_experiment("rides", tags={"team": "ops", "mlflow.note.content": "# Notes\n\nmany: lines"})
    gone = client.create_experiment("gone")
    client.create_run(gone, run_name="inside gone")
    empty = client.create_experiment('émpty "quoted"')
    client.rename_experiment(empty, "empty: renamed")
    client.delete_experiment(gone)
    return first


def runs(experiment):
    for number in range(4):
        run = client.create_run(experiment, run_name=f"run {number}", start_time=1_700_000_000_000 + number)
        run_id = run.info.run_id
        client.log_batch(
            run_id,
            [Metric("loss", 1 / (at + 1), 1_700_000_001_000 + at, at) for at in range(300 * number)],
            [Param("depth", str(number)), Param("a/b c", "v" * 400), Param("empty", "")],
            [RunTag("kind", "ü: {x}"), RunTag("deep/er key", "line\nbreak")],
        )
        client.log_metric(run_id, "odd/nan", float("nan"), 1_700_000_005_000, 3)
        client.log_metric(run_id, "odd/nan", 2.5, 1_700_000_005_001, -3)
        client.log_metric(run_id, "huge", float("inf"), 1_700_000_005_000)
        if number != 3:
            client.set_terminated(run_id, ["FINISHED", "FAILED", "KILLED"][number], 1_700_000_009_000 + number)
    child = client.create_run(experiment, tags={"mlflow.parentRunId": run_id}, run_name="child")
    client.set_terminated(child.info.run_id)
    return run_id


def datasets_and_files(experiment):
    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_run(run_name="with data") as run, tempfile.TemporaryDirectory() as folder:
        frame = pandas.DataFrame({"x": range(3), "y": [0.5, 1.5, 2.5]})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="frame", targets="y"), context="training", tags={"k": "v w"})
        mlflow.log_input(mlflow.data.from_numpy(numpy.arange(4.0), name="array"))
        (Path(folder) / "deep").mkdir()
        (Path(folder) / "deep" / "bytes & more.bin").write_bytes(bytes(range(256)) * 300)
        (Path(folder) / "empty").write_bytes(b"")
        mlflow.log_artifacts(folder, "tree")
        mlflow.log_text("flavors: {}\n", "model/MLmodel")
    deleted = client.create_run(experiment, run_name="deleted", tags={"late": "1"})
    client.log_metric(deleted.info.run_id, "m", 1)
    client.set_terminated(deleted.info.run_id)
    client.delete_run(deleted.info.run_id)
    return run.info.run_id


def logged_models(experiment, run_id):
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    model = client.create_logged_model(
        experiment, "classifier", source_run_id=run_id, params={"alpha": "0.5"}, tags={"t": "v"}, model_type="x"
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "MLmodel").write_text("flavors: {}\n")
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 2)])
    client.log_metric(run_id, "auc", 0.75, 1_700_000_007_000, 2, model_id=model.model_id)
    reader = client.create_run(experiment, run_name="reader")
    client.log_inputs(reader.info.run_id, models=[LoggedModelInput(model.model_id)])
    client.set_terminated(reader.info.run_id)
    client.create_logged_model(experiment, "pending")
    return model.model_id


def registry(run_id, model_id):
    client.create_registered_model("late rides", tags={"tier": "1"}, description="many\nlines: 'quoted'")
    for number in range(4):
        client.create_model_version("late rides", f"runs:/{run_id}/model", run_id, tags={"n": str(number)}, description=f"v{number}")
    client.delete_model_version("late rides", "2")
    client.set_registered_model_alias("late rides", "champion", "3")
    client.set_registered_model_alias("late rides", "old", "1")
    client.transition_model_version_stage("late rides", "1", "Archived")
    client.transition_model_version_stage("late rides", "4", "Production")
    client.create_registered_model("no versions")
    if LINE >= 3:
        mlflow.register_model(f"models:/{model_id}", "from logged")
        mlflow.genai.register_prompt("greeting", "Hello {{name}}", commit_message="first")


experiment = experiments()
runs(experiment)
run_id = datasets_and_files(experiment)
model_id = logged_models(experiment, run_id) if LINE >= 3 else None
registry(run_id, model_id)
sys.stdout.write("made\n")
