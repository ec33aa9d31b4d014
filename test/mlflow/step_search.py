"""Searches over runs: filters, orders, pages."""

import mlflow
from mlflow import MlflowClient
from steps import OWN_SERVER, equal, refused, shared, step

client = MlflowClient()


def names(filter_string="", order_by=("attributes.run_name ASC",), **more):
    found = client.search_runs([shared.searched], filter_string, order_by=list(order_by), **more)
    return [run.info.run_name for run in found]


@step
def runs_to_search():
    shared.searched = client.create_experiment("searched")
    for number in range(12):
        run = client.create_run(
            shared.searched,
            run_name=f"r{number:02d}",
            start_time=1_700_000_000_000 + number,
            tags={"kind": "even" if number % 2 == 0 else "odd", "fancy key/with-odd chars": str(number)},
        )
        client.log_param(run.info.run_id, "depth", number % 4)
        client.log_metric(run.info.run_id, "auc", number / 10, step=number)
        if number % 3 == 0:
            client.log_metric(run.info.run_id, "rare/metric", -number)
        if number == 11:
            client.log_metric(run.info.run_id, "auc", float("nan"), step=99)
        client.set_terminated(run.info.run_id, "FINISHED" if number < 8 else "FAILED", 1_700_000_100_000 + number)


@step
def filters():
    equal(names("metrics.auc > 0.75 AND params.depth = '1'"), ["r09"])
    equal(names("metric.auc <= 0.1"), ["r00", "r01"])
    equal(names("tags.kind = 'odd' and metrics.auc < 0.35"), ["r01", "r03"])
    equal(names("tags.kind != 'odd' and attributes.status = 'FAILED'"), ["r08", "r10"])
    equal(names("params.depth LIKE '%3'"), ["r03", "r07", "r11"])
    equal(names("run_name ILIKE 'R0%' AND tag.kind ILIKE 'EV%' AND params.`depth` != '0'"), ["r02", "r06"])
    equal(names("metrics.`rare/metric` < -5"), ["r06", "r09"])
    equal(names('tags."fancy key/with-odd chars" = \'7\''), ["r07"])
    equal(names("attribute.start_time >= 1700000000009"), ["r09", "r10", "r11"])
    equal(names("attributes.end_time < 1700000100002"), ["r00", "r01"])
    equal(names("tags.absent != 'x'"), [])
    equal(names("attributes.user_id = 'nobody'"), [])
    first = client.search_runs([shared.searched], "run_name = 'r00'")[0].info.run_id
    equal(names(f"run_id IN ('{first}')"), ["r00"])
    equal(len(names(f"attributes.run_id NOT IN ('{first}')")), 11)


@step
def orders():
    equal(names(order_by=["metrics.auc DESC"])[:2], ["r10", "r09"])
    equal(names(order_by=["metrics.auc ASC"])[-1], "r11")
    equal(names(order_by=["metrics.`rare/metric` ASC", "attributes.run_name DESC"])[:5], ["r09", "r06", "r03", "r00", "r11"])
    equal(names(order_by=["params.depth DESC", "start_time ASC"])[:4], ["r03", "r07", "r11", "r02"])
    equal(names(order_by=["attributes.end_time DESC"], max_results=2), ["r11", "r10"])
    equal(names(order_by=[]), [f"r{number:02d}" for number in range(11, -1, -1)])


@step
def pages():
    seen, token = [], None
    while True:
        page = client.search_runs([shared.searched], order_by=["tags.kind", "metrics.auc DESC"], max_results=5, page_token=token)
        seen += [run.info.run_name for run in page]
        token = page.token
        if not token:
            break
    equal((len(seen), len(set(seen)), seen[:3]), (12, 12, ["r10", "r08", "r06"]))


@step
def fluent_search_as_a_frame():
    frame = mlflow.search_runs([shared.searched], "metrics.auc >= 0", max_results=4, order_by=["metrics.auc"])
    equal(list(frame["tags.mlflow.runName"]), ["r00", "r01", "r02", "r03"])
    equal((list(frame["metrics.auc"]), list(frame["params.depth"])), ([0.0, 0.1, 0.2, 0.3], ["0", "1", "2", "3"]))
    by_name = mlflow.search_runs(experiment_names=["searched"], filter_string="tags.kind = 'odd'")
    equal(len(by_name), 6)


@step
def filters_that_are_none():
    for text in ("metrics.auc >", "nonsense.x = 1", "metrics.auc = 'x'", "params.depth > 3", "tags.kind ~ 'x'", "auc"):
        refused("INVALID_PARAMETER_VALUE", client.search_runs, [shared.searched], text)
    refused("INVALID_PARAMETER_VALUE", client.search_runs, [shared.searched], "", order_by=["nonsense.x"])


@step
def no_experiments():
    equal(list(client.search_runs([])), [])
    equal(list(client.search_runs(["987654321"])), [])


@step(only=not OWN_SERVER)
def more_than_and():
    equal(names("run_name = 'r01' OR (tags.kind = 'even' AND NOT metrics.auc < 0.95)"), ["r01", "r10"])
    equal(len(names("metrics.`rare/metric` IS NULL")), 8)
