#!/bin/sh
# Environments of the servers that bench/serving.ts measures; MLflow's is made by scripts/services.sh.
set -e
cd "$(dirname "$0")/../.."
python3 -m venv .cache/python/mlserver
.cache/python/mlserver/bin/pip install -q "mlserver==1.7.1" "mlserver-lightgbm==1.7.1"
python3 -m venv .cache/python/bentoml
.cache/python/bentoml/bin/pip install -q "bentoml==1.4.39" lightgbm numpy
