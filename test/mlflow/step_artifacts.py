"""Files of a run: written by every call that writes one, listed, read back."""

import json
import os
import tempfile

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from steps import OWN_SERVER, equal, shared, step

client = MlflowClient()


def paths(run_id, path=None):
    return [file.path for file in client.list_artifacts(run_id, path)]


@step
def texts_and_dicts():
    with mlflow.start_run(run_name="files") as run:
        mlflow.log_text("grüße\n", "notes/hello world.txt")
        mlflow.log_dict({"a": [1, 2.5, None], "ü": True}, "config/all.json")
        mlflow.log_dict({"a": 1}, "config/all.yaml")
        shared.files = run.info.run_id
        uri = run.info.artifact_uri
        equal(mlflow.get_artifact_uri("notes"), f"{uri}/notes")
    equal(mlflow.artifacts.load_text(f"{uri}/notes/hello world.txt"), "grüße\n")
    equal(mlflow.artifacts.load_dict(f"runs:/{shared.files}/config/all.json"), {"a": [1, 2.5, None], "ü": True})
    equal(paths(shared.files), ["config", "notes"])
    equal(paths(shared.files, "config"), ["config/all.json", "config/all.yaml"])


@step
def files_and_folders():
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_id=shared.files):
        os.makedirs(os.path.join(folder, "deep", "er"))
        for name, content in {"a.txt": b"a", "deep/b & c=d+e.bin": bytes(range(256)), "deep/er/leer": b""}.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        mlflow.log_artifact(os.path.join(folder, "a.txt"))
        mlflow.log_artifact(os.path.join(folder, "deep"), "as folder")
        mlflow.log_artifacts(folder, "tree")
    listed = {file.path: (file.is_dir, file.file_size) for file in client.list_artifacts(shared.files, "tree/deep")}
    equal(listed, {"tree/deep/b & c=d+e.bin": (False, 256), "tree/deep/er": (True, None)})
    equal(paths(shared.files, "as folder"), ["as folder/deep"])


@step
def download():
    with tempfile.TemporaryDirectory() as folder:
        file = mlflow.artifacts.download_artifacts(run_id=shared.files, artifact_path="a.txt", dst_path=folder)
        with open(file, "rb") as opened:
            equal(opened.read(), b"a")
        tree = mlflow.artifacts.download_artifacts(f"runs:/{shared.files}/tree", dst_path=folder)
        with open(os.path.join(tree, "deep", "b & c=d+e.bin"), "rb") as opened:
            equal(opened.read(), bytes(range(256)))
        equal(os.path.getsize(os.path.join(tree, "deep", "er", "leer")), 0)
        whole = client.download_artifacts(shared.files, "", folder)
        assert os.path.exists(os.path.join(whole, "notes", "hello world.txt"))
    listed = mlflow.artifacts.list_artifacts(run_id=shared.files, artifact_path="as folder/deep")
    equal([file.path for file in listed], ["as folder/deep/b & c=d+e.bin", "as folder/deep/er"])


@step
def overwrite():
    client.log_text(shared.files, "old", "twice.txt")
    client.log_text(shared.files, "new and longer", "twice.txt")
    equal(mlflow.artifacts.load_text(f"runs:/{shared.files}/twice.txt"), "new and longer")
    equal([file.file_size for file in client.list_artifacts(shared.files) if file.path == "twice.txt"], [14])


@step
def a_large_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "large.npy")
        array = numpy.random.default_rng(7).random(1_500_000)
        numpy.save(path, array)
        client.log_artifact(shared.files, path)
        back = client.download_artifacts(shared.files, "large.npy", folder + "/..")
        assert (numpy.load(back) == array).all()
        os.remove(back)


@step
def figures_and_images():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([1, 2, 3])
    with mlflow.start_run(run_id=shared.files):
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_image(numpy.zeros((8, 8, 3), dtype=numpy.uint8), "plots/black.png")
        mlflow.log_image(numpy.ones((8, 8, 3), dtype=numpy.uint8), key="grid", step=1)
        mlflow.log_image(mlflow.Image(numpy.ones((4, 4), dtype=numpy.uint8)), key="grid", step=2)
        mlflow.flush_artifact_async_logging()
    equal(paths(shared.files, "plots"), ["plots/black.png", "plots/line.png"])
    images = paths(shared.files, "images")
    equal((len(images), sum(name.endswith(".png") for name in images)), (4, 2))
    equal(mlflow.artifacts.load_image(f"runs:/{shared.files}/plots/black.png").size, (8, 8))
    equal(client.get_run(shared.files).data.tags["mlflow.loggedImages"].lower(), "true")


@step
def tables():
    with mlflow.start_run(run_id=shared.files):
        mlflow.log_table({"q": ["a", "b"], "score": [1, 2]}, "scores.json")
        mlflow.log_table(pandas.DataFrame({"q": ["c"], "score": [3]}), "scores.json")
    table = mlflow.load_table("scores.json", run_ids=[shared.files], extra_columns=["run_id"])
    equal((list(table["score"]), set(table["run_id"])), ([1, 2, 3], {shared.files}))
    logged = json.loads(client.get_run(shared.files).data.tags["mlflow.loggedArtifacts"])
    equal([entry["path"] for entry in logged], ["scores.json"])


@step
def missing_files():
    equal(paths(shared.files, "nowhere"), [])
    if OWN_SERVER:
        return  # It answers 500, which its client repeats for minutes.
    try:
        client.download_artifacts(shared.files, "nowhere.txt")
    except Exception as error:
        assert "nowhere.txt" in str(error) or "404" in str(error), error
    else:
        raise AssertionError("a missing file was downloaded")


@step
def artifacts_of_deleted_files():
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    client.log_text(shared.files, "x", "doomed/x.txt")
    get_artifact_repository(client.get_run(shared.files).info.artifact_uri).delete_artifacts("doomed/x.txt")
    equal(paths(shared.files, "doomed"), [])
