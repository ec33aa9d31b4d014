"""Loaded by pytest before MLflow's tests of its database stores and of its artifact proxy: after collection the stores
they make are REST clients of FETTLE_URL, emptied each time, and the server they start is there already.
"""

import os
import pathlib
import types
from contextlib import suppress

import pytest
import requests
from fettle_plugin import URL, allowed, reset

_allowed = allowed("store-allow-list.tsv")


@pytest.fixture
def disable_workspace_mode_by_default():
    """Of MLflow's own conftest, which is not loaded."""


def _creds():
    from mlflow.utils.rest_utils import MlflowHostCreds

    return MlflowHostCreds(URL)


def _factory(original, rest_store):
    """Makes REST clients where the test names a database; what it reads of the class itself is the original's."""

    class Store(rest_store):
        DEFAULT_EXPERIMENT_ID = "0"

        def __init__(self, db_uri, default_artifact_root=None):
            reset(default_artifact_root)
            # Tests copy the database they prepared.
            if db_uri.startswith("sqlite:///") and ":memory:" not in db_uri:
                with suppress(OSError):
                    pathlib.Path(db_uri.removeprefix("sqlite:///")).touch()
            super().__init__(_creds)
            self.engine = types.SimpleNamespace(dispose=lambda: None)

        if hasattr(rest_store, "create_run"):

            def create_run(self, experiment_id, user_id, start_time, tags, run_name):
                # The database store also takes None.
                return super().create_run(experiment_id, user_id, start_time, tags or [], run_name)

    for name in ("_db_uri_sql_alchemy_engine_map", "_parse_search_registered_models_order_by"):
        if hasattr(original, name):
            setattr(Store, name, getattr(original, name))
    return Store


def _launch_server(*_words, **_named):
    reset(None)
    return types.SimpleNamespace(kill=lambda: None, pid=os.getpid())


def _replace(module):
    if module.__name__ == "tests.store.tracking.test_sqlalchemy_store":
        from mlflow.store.tracking.rest_store import RestStore

        module.SqlAlchemyStore = _factory(module.SqlAlchemyStore, RestStore)
    if module.__name__ == "tests.store.model_registry.test_sqlalchemy_store":
        from mlflow.store.model_registry.rest_store import RestStore

        module.SqlAlchemyStore = _factory(module.SqlAlchemyStore, RestStore)
    if module.__name__ == "tests.tracking.test_mlflow_artifacts":
        module._launch_server = _launch_server
        module.get_safe_port = lambda: int(URL.rsplit(":", 1)[1])
        requests.get(f"{URL}/health", timeout=30).raise_for_status()


def _matches(pattern, name):
    return name == pattern[:-1] if pattern.endswith("$") else pattern in name


def pytest_collection_modifyitems(config, items):
    for module in {item.module for item in items}:
        _replace(module)
    kept, left_out = [], []
    for item in items:
        if "workspace-enabled" in item.name:
            left_out.append(item)
            continue
        reason = next((why for pattern, why in _allowed.items() if _matches(pattern, item.originalname)), None)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
        kept.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
