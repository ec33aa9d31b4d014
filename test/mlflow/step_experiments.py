"""Experiments: made, named, tagged, found, deleted and brought back."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType
from steps import equal, refused, shared, step

client = MlflowClient()


@step
def default_experiment_is_there():
    experiment = client.get_experiment("0")
    equal((experiment.name, experiment.lifecycle_stage), ("Default", "active"))


@step
def create_experiment_with_tags():
    shared.experiment = mlflow.create_experiment("forecast", tags={"team": "yield", "stage": "dev"})
    experiment = mlflow.get_experiment(shared.experiment)
    equal((experiment.name, experiment.tags), ("forecast", {"team": "yield", "stage": "dev"}))
    assert experiment.artifact_location, "no artifact location"
    assert 0 < experiment.creation_time <= experiment.last_update_time


@step
def experiment_by_name():
    equal(mlflow.get_experiment_by_name("forecast").experiment_id, shared.experiment)
    equal(mlflow.get_experiment_by_name("nobody"), None)


@step
def experiment_name_is_taken():
    refused("RESOURCE_ALREADY_EXISTS", mlflow.create_experiment, "forecast")


@step
def set_experiment_makes_one():
    made = mlflow.set_experiment("made on demand")
    equal(mlflow.set_experiment("made on demand").experiment_id, made.experiment_id)
    mlflow.set_experiment(experiment_id=shared.experiment)


@step
def experiment_tags():
    mlflow.set_experiment(experiment_id=shared.experiment)
    mlflow.set_experiment_tag("owner", "zoë")
    mlflow.set_experiment_tags({"stage": "prod", "mlflow.note.content": "# Notes\nmany"})
    tags = client.get_experiment(shared.experiment).tags
    equal((tags["owner"], tags["stage"], tags["mlflow.note.content"]), ("zoë", "prod", "# Notes\nmany"))


@step(only=hasattr(client, "delete_experiment_tag"))
def experiment_tag_goes():
    client.delete_experiment_tag(shared.experiment, "owner")
    assert "owner" not in client.get_experiment(shared.experiment).tags


@step
def rename_experiment():
    made = client.create_experiment("early name")
    client.rename_experiment(made, "late name")
    equal(client.get_experiment(made).name, "late name")
    equal(client.get_experiment_by_name("early name"), None)


@step
def search_experiments_pages():
    for number in range(7):
        client.create_experiment(f"page-{number}", tags={"batch": "pages", "parity": str(number % 2)})
    named = mlflow.search_experiments(filter_string="name LIKE 'page-%'", order_by=["name DESC"])
    equal([each.name for each in named], [f"page-{number}" for number in range(6, -1, -1)])
    odd = mlflow.search_experiments(filter_string="tags.batch = 'pages' AND tags.parity = '1'")
    equal({each.name for each in odd}, {"page-1", "page-3", "page-5"})
    first = client.search_experiments(max_results=3, filter_string="name ILIKE 'PAGE-%'", order_by=["name"])
    second = client.search_experiments(
        max_results=3, filter_string="name ILIKE 'PAGE-%'", order_by=["name"], page_token=first.token
    )
    equal([each.name for each in [*first, *second]], [f"page-{number}" for number in range(6)])


@step
def delete_and_restore_experiment():
    made = client.create_experiment("to delete")
    run = client.create_run(made)
    client.delete_experiment(made)
    equal(client.get_experiment(made).lifecycle_stage, "deleted")
    equal(client.get_run(run.info.run_id).info.lifecycle_stage, "deleted")
    deleted = client.search_experiments(view_type=ViewType.DELETED_ONLY)
    equal([each.name for each in deleted], ["to delete"])
    refused("RESOURCE_ALREADY_EXISTS", client.create_experiment, "to delete")
    client.restore_experiment(made)
    equal(client.get_experiment(made).lifecycle_stage, "active")
    equal(client.get_run(run.info.run_id).info.lifecycle_stage, "active")


@step
def unknown_experiment():
    refused("RESOURCE_DOES_NOT_EXIST", client.get_experiment, "987654321")
