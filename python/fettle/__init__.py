"""Log runs to Fettle, and read its training sets: docs/python-client.md.

What is logged goes to a spool on disk first and is sent from there, so that a server that is down, slow or full neither
blocks nor fails a training. Only the standard library is needed.
"""

from fettle.feedback import feedback
from fettle.run import Run, active_run, init_run
from fettle.sender import FlushError
from fettle.server import FettleError
from fettle.training_set import TrainingSet, training_set

__all__ = [
    "FettleError",
    "FlushError",
    "Run",
    "TrainingSet",
    "active_run",
    "feedback",
    "finish",
    "flush",
    "init_run",
    "log_artifact",
    "log_artifacts",
    "log_dataset",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "set_tag",
    "set_tags",
    "training_set",
    "use_training_set",
]


def _of_active_run(name):
    method = getattr(Run, name)

    def call(*args, **kwargs):
        run = active_run()
        if run is None:
            raise RuntimeError(f"fettle.{name}: no run is active; begin one with fettle.init_run(experiment=...)")
        return method(run, *args, **kwargs)

    call.__name__ = name
    call.__doc__ = method.__doc__
    return call


log_metric = _of_active_run("log_metric")
log_metrics = _of_active_run("log_metrics")
log_param = _of_active_run("log_param")
log_params = _of_active_run("log_params")
set_tag = _of_active_run("set_tag")
set_tags = _of_active_run("set_tags")
log_artifact = _of_active_run("log_artifact")
log_artifacts = _of_active_run("log_artifacts")
log_dataset = _of_active_run("log_dataset")
use_training_set = _of_active_run("use_training_set")
flush = _of_active_run("flush")
finish = _of_active_run("finish")
