"""A Feast repository with one view of 50 float features and one row, served from SQLite: `feast_bench.py FOLDER`."""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource
from feast.types import Float64, Int64
from feast.value_type import ValueType

folder = Path(sys.argv[1])
folder.mkdir(parents=True)
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
now = datetime.now(timezone.utc)
names = [f"f{i}" for i in range(50)]
frame = pd.DataFrame({"id": [1], "event_timestamp": [now], "created": [now], **{name: [0.5] for name in names}})
frame.to_parquet(folder / "rows.parquet")
source = FileSource(
    name="rows", path=str(folder / "rows.parquet"), timestamp_field="event_timestamp", created_timestamp_column="created"
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
store.write_to_online_store("wide", frame)
