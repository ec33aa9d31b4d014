"""All steps, or those of the parts that SCENARIO_PARTS names, in the order in which the modules register them."""

import importlib
import logging
import os
import warnings

os.environ.setdefault("MPLBACKEND", "Agg")
warnings.filterwarnings("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)
logging.getLogger("lightgbm").setLevel(logging.ERROR)

PARTS = ("experiments", "runs", "artifacts", "search", "models", "registry", "autolog")
for part in os.environ.get("SCENARIO_PARTS", ",".join(PARTS)).split(","):
    importlib.import_module(f"step_{part}")

from steps import run_all  # noqa: E402

run_all()
