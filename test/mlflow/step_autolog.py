"""What autologging writes for scikit-learn and LightGBM."""

import lightgbm
import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
from steps import LINE, equal, shared, step

client = MlflowClient()
ROUNDS = 10
rng = numpy.random.default_rng(3)
rows = pandas.DataFrame({"x": rng.normal(size=120), "z": rng.normal(size=120)})
labels = (rows["x"] + rng.normal(scale=0.3, size=120) > 0).astype(int)


def last_run():
    return client.get_run(mlflow.last_active_run().info.run_id)


@step
def autolog_every_library():
    """First of all: what a library was told of its own outweighs it."""
    mlflow.set_experiment(experiment_id=shared.experiment)
    mlflow.autolog(log_models=False, silent=True)
    try:
        LogisticRegression().fit(rows, labels)
    finally:
        mlflow.autolog(disable=True)
    equal(last_run().data.tags["estimator_name"], "LogisticRegression")


@step
def autolog_sklearn():
    mlflow.sklearn.autolog(log_models=False, silent=True)
    try:
        make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(rows, labels)
    finally:
        mlflow.sklearn.autolog(disable=True)
    run = last_run()
    equal((run.info.status, run.data.params["logisticregression__C"]), ("FINISHED", "0.5"))
    assert run.data.metrics["training_accuracy_score"] > 0.8, run.data.metrics
    equal(run.data.tags["estimator_name"], "Pipeline")
    assert run.inputs.dataset_inputs, "no dataset"
    assert any(file.path.endswith(".png") for file in client.list_artifacts(run.info.run_id)), "no plot"


@step
def autolog_grid_search():
    mlflow.sklearn.autolog(log_models=False, max_tuning_runs=2, silent=True)
    try:
        with mlflow.start_run() as parent:
            GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=3).fit(rows, labels)
    finally:
        mlflow.sklearn.autolog(disable=True)
    children = client.search_runs(
        [shared.experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'", order_by=["metrics.mean_test_score DESC"]
    )
    equal(len(children), 2)
    assert "best_C" in client.get_run(parent.info.run_id).data.params


@step
def autolog_lightgbm():
    mlflow.lightgbm.autolog(log_models=True, silent=True)
    train, valid = lightgbm.Dataset(rows[:90], labels[:90]), lightgbm.Dataset(rows[90:], labels[90:])
    try:
        lightgbm.train(
            {"objective": "binary", "metric": "binary_logloss", "verbose": -1, "num_leaves": 4},
            train,
            num_boost_round=ROUNDS,
            valid_sets=[train, valid],
            valid_names=["train", "valid"],
        )
    finally:
        mlflow.lightgbm.autolog(disable=True)
    run = last_run()
    equal((run.data.params["num_leaves"], run.info.status), ("4", "FINISHED"))
    points = client.get_metric_history(run.info.run_id, "valid-binary_logloss")
    equal([point.step for point in points], list(range(ROUNDS)))
    assert "feature_importance_split.json" in [file.path for file in client.list_artifacts(run.info.run_id)]
    model = mlflow.lightgbm.load_model(f"runs:/{run.info.run_id}/model")
    equal(model.num_trees(), ROUNDS)
    if LINE >= 3:
        equal(len(run.outputs.model_outputs), 1)
