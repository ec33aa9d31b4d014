"""Loaded by pytest before MLflow's own REST tests: where they would start a server of theirs, they get FETTLE_URL, emptied.

The server is `fettle server --test-reset`, which takes POST /fettle/test/reset on this machine alone.
"""

import contextlib
import os
import pathlib

import pytest
import requests

URL = os.environ["FETTLE_URL"].rstrip("/")
_allowed = {}
for line in (pathlib.Path(__file__).parent / "allow-list.tsv").read_text().splitlines():
    if line and not line.startswith("#"):
        pattern, topic, reason = line.split("\t")
        _allowed[pattern] = f"{topic}: {reason}"
_root = None


def _note_root(backend_uri=None, default_artifact_root=None, *_words, **_named):
    global _root
    _root = default_artifact_root


@contextlib.contextmanager
def _server(*_words, **_named):
    body = {} if _root is None else {"artifactRoot": _root}
    requests.post(f"{URL}/fettle/test/reset", json=body, timeout=30).raise_for_status()
    yield URL


def pytest_configure(config):
    from mlflow.server import handlers

    from tests.tracking import integration_test_utils

    handlers.initialize_backend_stores = _note_root
    integration_test_utils.ServerThread = _server
    integration_test_utils._init_server = _server


def pytest_collection_modifyitems(config, items):
    kept, left_out = [], []
    for item in items:
        name = item.nodeid.split("::", 1)[-1]
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "file" in parameters:
            left_out.append(item)
            continue
        reason = next((why for pattern, why in _allowed.items() if pattern in name), None)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
        kept.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
