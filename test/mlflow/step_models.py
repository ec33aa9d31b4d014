"""log_model and load_model of three libraries, by every form of address; logged models of the 3.x line."""

import os

import lightgbm
import mlflow
import mlflow.lightgbm
import mlflow.onnx
import mlflow.sklearn
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from steps import LINE, OWN_SERVER, equal, refused, shared, step

client = MlflowClient()
#: Written down, for inferring them starts a Python of its own for each model.
requirements = [f"mlflow=={mlflow.__version__}"]
rows = pandas.DataFrame({"x": numpy.linspace(-1, 1, 60), "z": numpy.linspace(1, 0, 60)})
labels = (rows["x"] > 0.1).astype(int)


def named(name):
    """2.x calls it artifact_path."""
    return {"name": name} if LINE >= 3 else {"artifact_path": name}


def addresses(run_id, model_info, registered, version):
    """Every form by which a model can be named."""
    client.set_registered_model_alias(registered, "champion", version)
    forms = [
        f"runs:/{run_id}/{model_info.artifact_path if LINE < 3 else model_info.name}",
        f"models:/{registered}/{version}",
        f"models:/{registered}@champion",
        f"models:/{registered}/latest",
        model_info.model_uri,
    ]
    return forms + ([f"models:/{model_info.model_id}"] if LINE >= 3 else [])


@step
def log_and_load_sklearn():
    model = LogisticRegression().fit(rows, labels)
    with mlflow.start_run(run_name="sklearn") as run:
        mlflow.log_metric("auc", 0.875)
        info = mlflow.sklearn.log_model(
            model,
            **named("classifier"),
            registered_model_name="skl",
            signature=infer_signature(rows, model.predict(rows)),
            pip_requirements=requirements,
            **({"serialization_format": "cloudpickle"} if LINE >= 3 else {}),
        )
    shared.model_run, shared.model_info = run.info.run_id, info
    for uri in addresses(run.info.run_id, info, "skl", "1"):
        loaded = mlflow.sklearn.load_model(uri)
        assert (loaded.predict(rows) == model.predict(rows)).all(), uri
    served = mlflow.pyfunc.load_model("models:/skl@champion")
    assert (served.predict(rows) == model.predict(rows)).all()
    equal(served.metadata.signature.inputs.input_names(), ["x", "z"])


@step
def log_and_load_lightgbm():
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "min_data_in_leaf": 2}, lightgbm.Dataset(rows, labels), num_boost_round=5
    )
    with mlflow.start_run(run_name="lightgbm") as run:
        info = mlflow.lightgbm.log_model(
            booster, **named("booster"), registered_model_name="lgb", pip_requirements=requirements, input_example=rows[:2]
        )
    for uri in addresses(run.info.run_id, info, "lgb", "1"):
        assert numpy.allclose(mlflow.lightgbm.load_model(uri).predict(rows), booster.predict(rows)), uri
    assert numpy.allclose(mlflow.pyfunc.load_model(info.model_uri).predict(rows), booster.predict(rows))


@step
def log_and_load_onnx():
    from skl2onnx import to_onnx

    values = rows.to_numpy(dtype=numpy.float32)
    model = LogisticRegression().fit(values, labels)
    graph = to_onnx(model, values[:1], options={"zipmap": False}, target_opset=17)
    graph.ir_version = 9
    with mlflow.start_run(run_name="onnx") as run:
        info = mlflow.onnx.log_model(graph, **named("graph"), registered_model_name="onx", pip_requirements=requirements)
    for uri in addresses(run.info.run_id, info, "onx", "1"):
        equal(mlflow.onnx.load_model(uri).SerializeToString(), graph.SerializeToString())
    scores = mlflow.pyfunc.load_model(info.model_uri).predict(values)
    equal(list(scores["label"]), list(model.predict(values)))


@step
def python_function_model():
    class Doubler(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return [2 * value for value in model_input["x"]]

    with mlflow.start_run():
        info = mlflow.pyfunc.log_model(python_model=Doubler(), pip_requirements=requirements, **named("doubler"))
    equal(mlflow.pyfunc.load_model(info.model_uri).predict(pandas.DataFrame({"x": [1, 2]})), [2, 4])


@step
def model_facts():
    info = mlflow.models.get_model_info(f"models:/skl/1")
    equal((info.run_id, "sklearn" in info.flavors), (shared.model_run, True))
    version = client.get_model_version("skl", "1")
    equal((version.run_id, version.status, version.version), (shared.model_run, "READY", "1" if isinstance(version.version, str) else 1))
    assert client.get_model_version_download_uri("skl", "1")
    local = mlflow.artifacts.download_artifacts("models:/skl/1")
    assert os.path.exists(os.path.join(local, "MLmodel"))


@step(only=not OWN_SERVER)
def loading_what_is_not_there():
    """MLflow's own server answers 500, which its clients repeat for minutes."""
    for uri in (f"runs:/{shared.model_run}/absent", "models:/skl/99", "models:/skl@nobody", "models:/nobody/1"):
        try:
            mlflow.sklearn.load_model(uri)
        except Exception as error:
            assert not isinstance(error, AssertionError)
        else:
            raise AssertionError(f"loaded {uri}")


@step
def evaluate():
    frame = rows.assign(label=labels)
    evaluation = mlflow.models.evaluate if LINE >= 3 else mlflow.evaluate
    with mlflow.start_run(run_name="evaluated") as run:
        result = evaluation(
            "models:/skl/1",
            frame,
            targets="label",
            model_type="classifier",
            evaluator_config={"log_model_explainability": False, "log_explainer": False},
        )
    assert result.metrics["accuracy_score"] > 0.8
    equal(client.get_run(run.info.run_id).data.metrics["accuracy_score"], result.metrics["accuracy_score"])


@step(only=LINE < 3)
def model_history_tag():
    import json

    history = json.loads(client.get_run(shared.model_run).data.tags["mlflow.log-model.history"])
    equal([entry["artifact_path"] for entry in history], ["classifier"])


@step(only=LINE >= 3)
def logged_model_of_a_run():
    model = mlflow.get_logged_model(shared.model_info.model_id)
    equal((model.name, str(model.status), model.source_run_id), ("classifier", "READY", shared.model_run))
    equal([(metric.key, metric.value, metric.step) for metric in model.metrics], [("auc", 0.875, 0)])
    outputs = client.get_run(shared.model_run).outputs.model_outputs
    equal([(output.model_id, output.step) for output in outputs], [(model.model_id, 0)])
    equal(mlflow.last_logged_model() is not None, True)


@step(only=LINE >= 3)
def logged_model_by_hand():
    model = mlflow.create_external_model("remote", params={"size": "7b"}, tags={"vendor": "us"}, model_type="agent")
    client.set_logged_model_tags(model.model_id, {"vendor": "them", "more": "1"})
    client.delete_logged_model_tag(model.model_id, "more")
    mlflow.log_model_params({"late": "yes"}, model_id=model.model_id)
    model = mlflow.get_logged_model(model.model_id)
    equal((model.params, model.model_type), ({"size": "7b", "late": "yes"}, "agent"))
    equal((model.tags["vendor"], "more" in model.tags), ("them", False))
    failed = mlflow.initialize_logged_model("failed")
    mlflow.finalize_logged_model(failed.model_id, "FAILED")
    equal(str(mlflow.get_logged_model(failed.model_id).status), "FAILED")


@step(only=LINE >= 3)
def search_logged_models():
    experiment = client.create_experiment("logged models")
    for number in range(5):
        run = client.create_run(experiment)
        model = client.create_logged_model(
            experiment, f"lm-{number}", source_run_id=run.info.run_id, params={"n": str(number)}, tags={"odd": str(number % 2)}
        )
        client.log_metric(run.info.run_id, "score", number / 2, model_id=model.model_id)
        client.finalize_logged_model(model.model_id, "READY")

    def found(text, **more):
        return [each.name for each in client.search_logged_models([experiment], text, **more)]

    best = [{"field_name": "metrics.score", "ascending": False}]
    equal(found("tags.odd = '0'", order_by=best), ["lm-4", "lm-2", "lm-0"])
    equal(found("metrics.score > 0.9 AND params.n != '3'", order_by=best), ["lm-4", "lm-2"])
    equal(found("name LIKE 'lm-%' AND params.n != '9'", order_by=[{"field_name": "name", "ascending": True}], max_results=2), ["lm-0", "lm-1"])
    page = client.search_logged_models([experiment], order_by=best, max_results=3)
    rest = client.search_logged_models([experiment], order_by=best, max_results=3, page_token=page.token)
    equal([each.name for each in [*page, *rest]], [f"lm-{number}" for number in range(4, -1, -1)])
    refused("INVALID_PARAMETER_VALUE", client.search_logged_models, [experiment], "name = 'a' OR name = 'b'")
    client.delete_logged_model(page[0].model_id)
    equal(len(found("")), 4)


@step(only=LINE >= 3)
def model_inputs():
    from mlflow.entities import LoggedModelInput

    with mlflow.start_run() as run:
        client.log_inputs(run.info.run_id, models=[LoggedModelInput(shared.model_info.model_id)])
    given = client.get_run(run.info.run_id).inputs.model_inputs
    equal([each.model_id for each in given], [shared.model_info.model_id])
