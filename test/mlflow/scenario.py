"""All steps, in the order in which the modules register them."""

import logging
import os
import warnings

os.environ.setdefault("MPLBACKEND", "Agg")
warnings.filterwarnings("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)
logging.getLogger("lightgbm").setLevel(logging.ERROR)

import step_experiments  # noqa: E402,F401
import step_runs  # noqa: E402,F401
import step_artifacts  # noqa: E402,F401
import step_search  # noqa: E402,F401
import step_models  # noqa: E402,F401
import step_registry  # noqa: E402,F401
import step_autolog  # noqa: E402,F401
from steps import run_all  # noqa: E402

run_all()
