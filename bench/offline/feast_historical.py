"""Feast's default offline store: one historical read for each line of input. `feast_historical.py FOLDER COLUMNS`

FOLDER holds `source.parquet` and `spine.parquet`; each read leaves `theirs.parquet` there and prints a line of JSON.
"""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource
from feast.types import Float64, Int64
from feast.value_type import ValueType

folder = Path(sys.argv[1])
names = [f"v{i}" for i in range(int(sys.argv[2]))]
(folder / "feature_store.yaml").write_text(
    """project: bench
registry: registry.db
provider: local
online_store:
  type: sqlite
  path: online.db
entity_key_serialization_version: 3
"""
)
source = FileSource(
    name="rows",
    path=str(folder / "source.parquet"),
    timestamp_field="event_timestamp",
    created_timestamp_column="created",
)
thing = Entity(name="thing", join_keys=["id"], value_type=ValueType.INT64)
view = FeatureView(
    name="wide",
    entities=[thing],
    ttl=timedelta(days=1),
    schema=[Field(name="id", dtype=Int64), *(Field(name=name, dtype=Float64) for name in names)],
    source=source,
)
store = FeatureStore(repo_path=str(folder))
store.apply([thing, source, view])
print(json.dumps({"ready": True, "store": type(store._get_provider().offline_store).__name__}), flush=True)

for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    spine = pd.read_parquet(folder / "spine.parquet")
    job = store.get_historical_features(entity_df=spine, features=[f"wide:{name}" for name in names])
    frame = job.to_df()
    frame.to_parquet(folder / "theirs.parquet")
    print(
        json.dumps(
            {
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "rows": len(frame),
            }
        ),
        flush=True,
    )
