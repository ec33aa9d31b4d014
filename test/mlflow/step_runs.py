"""Runs: their life, and everything that is logged to them beside files."""

import math
import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from steps import LINE, equal, refused, shared, step

client = MlflowClient()


def history(run_id, key):
    return [(point.step, point.value) for point in client.get_metric_history(run_id, key)]


@step
def start_and_end_run():
    mlflow.set_experiment(experiment_id=shared.experiment)
    with mlflow.start_run(run_name="first", tags={"kind": "base"}, description="the first one") as run:
        equal(client.get_run(run.info.run_id).info.status, "RUNNING")
    shared.run = run.info.run_id
    ended = client.get_run(shared.run)
    equal((ended.info.status, ended.info.run_name, ended.data.tags["kind"]), ("FINISHED", "first", "base"))
    equal(ended.data.tags["mlflow.note.content"], "the first one")
    assert ended.info.start_time <= ended.info.end_time
    assert ended.info.artifact_uri.endswith(f"{shared.run}/artifacts")


@step
def failing_run_says_so():
    try:
        with mlflow.start_run() as run:
            raise KeyError("on purpose")
    except KeyError:
        pass
    equal(client.get_run(run.info.run_id).info.status, "FAILED")
    mlflow.start_run()
    killed = mlflow.active_run().info.run_id
    mlflow.end_run("KILLED")
    equal(client.get_run(killed).info.status, "KILLED")


@step
def resume_run():
    with mlflow.start_run(run_id=shared.run):
        equal(client.get_run(shared.run).info.status, "RUNNING")
        mlflow.log_metric("resumed", 1)
    equal(client.get_run(shared.run).info.status, "FINISHED")


@step
def nested_runs():
    with mlflow.start_run(run_name="parent") as parent:
        for number in range(3):
            with mlflow.start_run(run_name=f"child-{number}", nested=True):
                mlflow.log_param("number", number)
    children = mlflow.search_runs(
        [shared.experiment],
        filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
        order_by=["params.number ASC"],
        output_format="list",
    )
    equal([child.info.run_name for child in children], ["child-0", "child-1", "child-2"])
    equal(mlflow.get_parent_run(children[0].info.run_id).info.run_id, parent.info.run_id)
    equal(mlflow.get_parent_run(parent.info.run_id), None)


@step
def params_are_written_once():
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 4)
        mlflow.log_param("depth", 4)
        mlflow.log_params({"rate": 0.1, "empty": "", "name with space/and.dots-_:": "ok"})
        refused("INVALID_PARAMETER_VALUE", mlflow.log_param, "depth", 5)
    params = client.get_run(run.info.run_id).data.params
    equal(params, {"depth": "4", "rate": "0.1", "empty": "", "name with space/and.dots-_:": "ok"})


@step
def metrics_and_history():
    with mlflow.start_run() as run:
        for number in range(5):
            mlflow.log_metric("loss", 1 / (number + 1), step=number)
        mlflow.log_metric("loss", 9.0, step=2, timestamp=1_700_000_000_000)
        mlflow.log_metrics({"auc": 0.9, "gain": -3.5}, step=7)
    run_id = run.info.run_id
    equal(client.get_run(run_id).data.metrics, {"loss": 0.2, "auc": 0.9, "gain": -3.5})
    equal(history(run_id, "loss")[0], (2, 9.0))
    equal(sorted(history(run_id, "loss"))[-1], (4, 0.2))
    equal(len(history(run_id, "loss")), 6)
    equal(history(run_id, "absent"), [])


@step
def odd_numbers():
    with mlflow.start_run() as run:
        mlflow.log_metric("nan", float("nan"))
        mlflow.log_metrics({"up": float("inf"), "down": float("-inf"), "zero": 0, "negative step": 1}, step=-5)
    metrics = client.get_run(run.info.run_id).data.metrics
    assert math.isnan(metrics["nan"])
    equal((metrics["up"], metrics["down"], metrics["zero"]), (1.7976931348623157e308, -1.7976931348623157e308, 0))
    equal(history(run.info.run_id, "negative step"), [(-5, 1)])


@step
def a_batch():
    run_id = client.create_run(shared.experiment, run_name="batch").info.run_id
    metrics = [Metric(f"m{number % 10}", number, 1_700_000_000_000 + number, number) for number in range(900)]
    client.log_batch(run_id, metrics, [Param("p", "1")], [RunTag("t", "1"), RunTag("ü", "ß")])
    client.log_batch(run_id, metrics[:5])
    data = client.get_run(run_id).data
    equal((len(data.metrics), data.metrics["m9"], data.params["p"], data.tags["ü"]), (10, 899, "1", "ß"))
    equal(len(history(run_id, "m3")), 90)
    refused("INVALID_PARAMETER_VALUE", client.log_batch, run_id, [], [Param("p", "2"), Param("q", "1")])
    assert "q" not in client.get_run(run_id).data.params
    shared.batch = run_id
    client.set_terminated(run_id)


@step
def many_points():
    run_id = client.create_run(shared.experiment, run_name="many").info.run_id
    for start in range(0, 3000, 1000):
        client.log_batch(
            run_id, [Metric("curve", math.sin(at / 50), 1_700_000_000_000 + at, at) for at in range(start, start + 1000)]
        )
    equal([at for at, _ in history(run_id, "curve")], list(range(3000)))
    client.set_terminated(run_id, "FINISHED", 1_700_000_009_000)
    equal(client.get_run(run_id).info.end_time, 1_700_000_009_000)


@step
def limits():
    with mlflow.start_run():
        refused("INVALID_PARAMETER_VALUE", mlflow.log_metric, "a//b", 1)
        refused("INVALID_PARAMETER_VALUE", mlflow.log_metric, "x" * 251, 1)
        refused("INVALID_PARAMETER_VALUE", mlflow.set_tag, "../up", 1)
        mlflow.log_param("long", "v" * 5000)
        mlflow.set_tag("longer", "v" * 7000)
        data = client.get_run(mlflow.active_run().info.run_id).data
        equal((len(data.params["long"]), len(data.tags["longer"])), (5000, 7000))


@step
def tags_change_and_go():
    with mlflow.start_run() as run:
        mlflow.set_tag("phase", "one")
        mlflow.set_tags({"phase": "two", "empty": "", "other": 3})
        mlflow.delete_tag("other")
        refused("RESOURCE_DOES_NOT_EXIST", mlflow.delete_tag, "other")
    tags = client.get_run(run.info.run_id).data.tags
    equal((tags["phase"], tags["empty"], "other" in tags), ("two", "", False))


@step
def rename_run():
    run_id = client.create_run(shared.experiment).info.run_id
    assert client.get_run(run_id).info.run_name, "no name was invented"
    client.update_run(run_id, status="FAILED", name="renamed")
    run = client.get_run(run_id)
    equal((run.info.run_name, run.info.status, run.data.tags["mlflow.runName"]), ("renamed", "FAILED", "renamed"))
    client.set_tag(run_id, "mlflow.runName", "by its tag")
    equal(client.get_run(run_id).info.run_name, "by its tag")


@step
def run_with_given_start():
    run = client.create_run(shared.experiment, start_time=1_600_000_000_000, run_name="old")
    equal(client.get_run(run.info.run_id).info.start_time, 1_600_000_000_000)
    client.set_terminated(run.info.run_id)


@step
def delete_and_restore_run():
    run_id = client.create_run(shared.experiment, run_name="gone").info.run_id
    mlflow.delete_run(run_id)
    equal(client.get_run(run_id).info.lifecycle_stage, "deleted")
    refused("INVALID_PARAMETER_VALUE", client.log_metric, run_id, "late", 1)
    refused("INVALID_PARAMETER_VALUE", client.set_tag, run_id, "late", 1)
    deleted = client.search_runs([shared.experiment], run_view_type=ViewType.DELETED_ONLY)
    equal([run.info.run_id for run in deleted], [run_id])
    client.restore_run(run_id)
    client.set_tag(run_id, "late", 1)


@step
def unknown_run():
    refused("RESOURCE_DOES_NOT_EXIST", client.get_run, "0" * 32)
    refused("RESOURCE_DOES_NOT_EXIST", client.log_metric, "0" * 32, "m", 1)


@step
def dataset_inputs():
    import numpy
    import pandas

    frame = pandas.DataFrame({"x": range(20), "y": [0.5 * at for at in range(20)]})
    with mlflow.start_run(run_name="with data") as run:
        mlflow.log_input(mlflow.data.from_pandas(frame, name="frame", targets="y"), context="training")
        mlflow.log_input(mlflow.data.from_numpy(numpy.arange(6.0), name="array"), context="validation", tags={"k": "v"})
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    by_name = {given.dataset.name: {tag.key: tag.value for tag in given.tags} for given in inputs}
    equal(by_name["frame"], {"mlflow.data.context": "training"})
    equal(by_name["array"], {"mlflow.data.context": "validation", "k": "v"})
    found = mlflow.search_runs([shared.experiment], filter_string="dataset.name = 'frame'", output_format="list")
    equal([each.info.run_id for each in found], [run.info.run_id])
    equal(mlflow.search_runs([shared.experiment], filter_string="dataset.context = 'nowhere'", output_format="list"), [])


@step
def asynchronous_logging():
    with mlflow.start_run() as run:
        waiting = [mlflow.log_metric("async", at, step=at, synchronous=False) for at in range(50)]
        waiting.append(mlflow.log_params({"a": 1, "b": 2}, synchronous=False))
        waiting.append(mlflow.set_tag("late", "yes", synchronous=False))
        for operation in waiting:
            operation.wait()
        mlflow.flush_async_logging()
    data = client.get_run(run.info.run_id).data
    equal((data.params, data.tags["late"], data.metrics["async"]), ({"a": "1", "b": "2"}, "yes", 49))
    equal([at for at, _ in history(run.info.run_id, "async")], list(range(50)))


@step
def asynchronous_logging_for_all():
    mlflow.config.enable_async_logging(True)
    try:
        with mlflow.start_run() as run:
            for at in range(20):
                mlflow.log_metrics({"a": at, "b": -at}, step=at)
            mlflow.log_param("p", "1")
    finally:
        mlflow.config.enable_async_logging(False)
    mlflow.flush_async_logging()
    equal(len(history(run.info.run_id, "b")), 20)


@step
def system_metrics():
    mlflow.set_system_metrics_sampling_interval(0.2)
    mlflow.set_system_metrics_samples_before_logging(1)
    with mlflow.start_run(log_system_metrics=True) as run:
        time.sleep(1.2)
    names = client.get_run(run.info.run_id).data.metrics
    assert any(name.startswith("system/cpu") for name in names), names


@step(only=LINE >= 3)
def metrics_of_a_dataset_and_model():
    import pandas

    with mlflow.start_run() as run:
        model = mlflow.initialize_logged_model("hand made", params={"depth": "3"})
        dataset = mlflow.data.from_pandas(pandas.DataFrame({"x": [1.0, 2.0]}), name="held out")
        mlflow.log_metric("rmse", 0.3, step=1, model_id=model.model_id, dataset=dataset)
        mlflow.log_metrics({"rmse": 0.2, "mae": 0.1}, step=2, model_id=model.model_id, dataset=dataset)
        mlflow.finalize_logged_model(model.model_id, "READY")
    metrics = mlflow.get_logged_model(model.model_id).metrics
    equal({(metric.key, metric.value, metric.dataset_name) for metric in metrics} >= {("mae", 0.1, "held out")}, True)
    equal(client.get_run(run.info.run_id).data.metrics["rmse"], 0.2)


@step
def traced_function_never_fails_a_run():
    @mlflow.trace
    def answer(question):
        return question.upper()

    with mlflow.start_run():
        equal(answer("why"), "WHY")
    if hasattr(mlflow, "flush_trace_async_logging"):
        mlflow.flush_trace_async_logging()
