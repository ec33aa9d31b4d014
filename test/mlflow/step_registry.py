"""The registry: models, versions, aliases, tags, stages, prompts."""

import mlflow
from mlflow import MlflowClient
from steps import LINE, OWN_SERVER, equal, refused, shared, step

client = MlflowClient()


def version_of(name, **more):
    run = client.create_run(shared.experiment)
    client.log_text(run.info.run_id, "flavors: {}", "model/MLmodel")
    return client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id, **more)


@step
def registered_model():
    made = client.create_registered_model("delay", tags={"team": "ops"}, description="minutes late")
    equal((made.name, made.description, made.tags), ("delay", "minutes late", {"team": "ops"}))
    refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, "delay")
    client.update_registered_model("delay", "minutes late, by flight")
    client.set_registered_model_tag("delay", "tier", "1")
    client.set_registered_model_tag("delay", "gone", "1")
    client.delete_registered_model_tag("delay", "gone")
    model = client.get_registered_model("delay")
    equal((model.description, model.tags), ("minutes late, by flight", {"team": "ops", "tier": "1"}))


@step
def versions():
    numbers = [int(version_of("delay", tags={"n": str(number)}, description=f"v{number}").version) for number in range(3)]
    equal(numbers, [1, 2, 3])
    client.update_model_version("delay", "2", "the second")
    client.set_model_version_tag("delay", "2", "seen", "yes")
    client.set_model_version_tag("delay", "2", "gone", "yes")
    client.delete_model_version_tag("delay", "2", "gone")
    version = client.get_model_version("delay", "2")
    equal((version.description, version.tags, version.current_stage), ("the second", {"n": "1", "seen": "yes"}, "None"))
    assert version.source.startswith("runs:/"), version.source
    equal([int(each.version) for each in client.get_latest_versions("delay")], [3])


@step
def aliases():
    client.set_registered_model_alias("delay", "champion", "1")
    client.set_registered_model_alias("delay", "champion", "3")
    client.set_registered_model_alias("delay", "challenger", "2")
    equal(int(client.get_model_version_by_alias("delay", "champion").version), 3)
    equal({name: int(number) for name, number in client.get_registered_model("delay").aliases.items()}, {"champion": 3, "challenger": 2})
    equal(client.get_model_version("delay", "2").aliases, ["challenger"])
    client.delete_registered_model_alias("delay", "challenger")
    client.delete_registered_model_alias("delay", "challenger")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, "delay", "challenger")
    refused("INVALID_PARAMETER_VALUE", client.set_registered_model_alias, "delay", "latest", "1")
    refused("INVALID_PARAMETER_VALUE", client.set_registered_model_alias, "delay", "v3", "1")


@step
def stages():
    client.transition_model_version_stage("delay", "1", "Staging")
    client.transition_model_version_stage("delay", "2", "production")
    client.transition_model_version_stage("delay", "3", "Production", archive_existing_versions=True)
    equal([client.get_model_version("delay", number).current_stage for number in "123"], ["Staging", "Archived", "Production"])
    latest = {each.current_stage: int(each.version) for each in client.get_latest_versions("delay", ["Production", "Staging"])}
    equal(latest, {"Production": 3, "Staging": 1})
    refused("INVALID_PARAMETER_VALUE", client.transition_model_version_stage, "delay", "1", "Somewhere")


@step
def load_by_stage():
    client.transition_model_version_stage("skl", "1", "Production")
    mlflow.sklearn.load_model("models:/skl/Production")


@step
def search_models():
    for name in ("search-a", "search-b", "Search-C"):
        client.create_registered_model(name, tags={"set": "search"})
    equal([each.name for each in client.search_registered_models("tags.set = 'search'")], ["Search-C", "search-a", "search-b"])
    equal([each.name for each in client.search_registered_models("name LIKE 'search-%'", order_by=["name DESC"])], ["search-b", "search-a"])
    equal(len(client.search_registered_models("name ILIKE 'SEARCH-%'")), 3)
    first = client.search_registered_models("tags.set = 'search'", max_results=2)
    rest = client.search_registered_models("tags.set = 'search'", max_results=2, page_token=first.token)
    equal((len(first), [each.name for each in rest]), (2, ["search-b"]))


@step
def search_versions():
    equal([int(each.version) for each in client.search_model_versions("name = 'delay'", order_by=["version_number ASC"])], [1, 2, 3])
    equal([int(each.version) for each in client.search_model_versions("name = 'delay' AND tags.n = '1'")], [2])
    run_id = client.get_model_version("delay", "3").run_id
    equal([each.name for each in client.search_model_versions(f"run_id = '{run_id}'")], ["delay"])
    equal(len(client.search_model_versions(f"run_id IN ('{run_id}','{shared.model_run}')")), 2)
    equal(len(mlflow.search_model_versions(filter_string="name LIKE 'del%'", max_results=2)), 2)


@step
def register_model_from_run():
    if LINE >= 3:
        version = mlflow.register_model(f"models:/{shared.model_info.model_id}", "again", tags={"from": "id"})
    else:
        version = mlflow.register_model(f"runs:/{shared.model_run}/classifier", "again", tags={"from": "id"})
    equal((int(version.version), client.get_model_version("again", "1").tags["from"]), (1, "id"))
    mlflow.sklearn.load_model("models:/again/1")


@step
def copy_model_version():
    copied = client.copy_model_version("models:/skl@champion", "skl-prod")
    equal((copied.name, int(copied.version)), ("skl-prod", 1))
    mlflow.sklearn.load_model("models:/skl-prod/1")


@step
def rename_model():
    client.create_registered_model("before")
    version_of("before")
    client.rename_registered_model("before", "after")
    equal(int(client.get_model_version("after", "1").version), 1)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "before")


@step
def delete_version_and_model():
    client.create_registered_model("doomed")
    for _ in range(2):
        version_of("doomed")
    client.delete_model_version("doomed", "2")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, "doomed", "2")
    equal(int(version_of("doomed").version) in (2, 3), True)
    client.delete_registered_model("doomed")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "doomed")
    refused("RESOURCE_DOES_NOT_EXIST", client.delete_registered_model, "doomed")


@step
def unsafe_sources():
    for source in ("/etc/passwd", "../up", "file:///etc"):
        refused("INVALID_PARAMETER_VALUE", client.create_model_version, "delay", source)


@step(only=LINE >= 3)
def prompts():
    made = mlflow.genai.register_prompt("greeting", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
    again = mlflow.genai.register_prompt("greeting", "Hi {{name}}", commit_message="second")
    equal((made.version, again.version), (1, 2))
    mlflow.genai.set_prompt_alias("greeting", "live", 1)
    equal(mlflow.genai.load_prompt("prompts:/greeting@live").template, "Hello {{name}}")
    equal(mlflow.genai.load_prompt("prompts:/greeting/2").format(name="Zoë"), "Hi Zoë")
    assert "greeting" not in [each.name for each in client.search_registered_models()]
    equal([each.name for each in mlflow.genai.search_prompts()], ["greeting"])


@step(only=not OWN_SERVER)
def aliases_go_with_their_version():
    client.create_registered_model("alias end")
    version_of("alias end")
    client.set_registered_model_alias("alias end", "gold", "1")
    client.delete_model_version("alias end", "1")
    equal(client.get_registered_model("alias end").aliases, {})
