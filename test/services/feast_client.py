"""The unmodified Feast SDK at work: `make FOLDER URL` makes a repository, `use FOLDER` is a client of URL.

Prints one JSON object with what the SDK gave back.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, PushSource, RequestSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Array, Float32, Float64, Int64, String, UnixTimestamp
from feast.value_type import ValueType

START = datetime(2026, 3, 1, tzinfo=timezone.utc)


def make(folder: Path, url: str) -> dict:
    data = folder / "data"
    data.mkdir(parents=True)
    (folder / "feature_store.yaml").write_text(
        f"""project: drivers
registry: data/registry.db
provider: local
online_store:
  type: remote
  path: {url}
offline_store:
  type: dask
entity_key_serialization_version: 3
"""
    )
    rows(range(1, 4), hours=1).to_parquet(data / "driver_stats.parquet")
    driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64, description="a driver")
    source = FileSource(
        name="driver_file",
        path="data/driver_stats.parquet",
        timestamp_field="event_timestamp",
        created_timestamp_column="created",
    )
    push = PushSource(name="driver_push", batch_source=source)
    schema = [
        Field(name="driver_id", dtype=Int64),
        Field(name="conv_rate", dtype=Float32),
        Field(name="acc_rate", dtype=Float64),
        Field(name="trips", dtype=Int64),
        Field(name="note", dtype=String),
        Field(name="seen_at", dtype=UnixTimestamp),
        Field(name="scores", dtype=Array(Float64)),
    ]
    stats = FeatureView(
        name="driver_stats", entities=[driver], ttl=timedelta(days=36500), schema=schema, source=push, online=True
    )
    plain = FeatureView(
        name="driver_plain", entities=[driver], ttl=timedelta(hours=20), schema=schema[:4], source=source, online=True
    )
    bonus = RequestSource(name="bonus_request", schema=[Field(name="bonus", dtype=Float64)])

    @on_demand_feature_view(
        sources=[stats, bonus], schema=[Field(name="total", dtype=Float64)], mode="pandas"
    )
    def rate_plus(inputs: pd.DataFrame) -> pd.DataFrame:
        out = pd.DataFrame()
        out["total"] = inputs["acc_rate"] + inputs["bonus"]
        return out

    service = FeatureService(name="driver_model", features=[stats[["trips", "conv_rate"]]])
    store = FeatureStore(repo_path=str(folder))
    store.apply([driver, source, push, stats, plain, rate_plus, service])
    return {"views": sorted(view.name for view in store.list_feature_views())}


def rows(ids, hours: int) -> pd.DataFrame:
    ids = list(ids)
    at = START + timedelta(hours=hours)
    return pd.DataFrame(
        {
            "driver_id": ids,
            "event_timestamp": [at for _ in ids],
            "created": [at + timedelta(minutes=1) for _ in ids],
            "conv_rate": pd.Series([0.1 for _ in ids], dtype="float32"),
            "acc_rate": [float(i) for i in ids],
            "trips": [9007199254740993 + i for i in ids],
            "note": [f"driver {i}" for i in ids],
            "seen_at": [START + timedelta(minutes=i) for i in ids],
            "scores": [[0.5, float(i)] for i in ids],
        }
    )


ALL = [f"driver_stats:{name}" for name in ["conv_rate", "acc_rate", "trips", "note", "seen_at", "scores"]]


def use(folder: Path) -> dict:
    store = FeatureStore(repo_path=str(folder))
    found = {}

    def read(features, ids, full_feature_names=False):
        response = store.get_online_features(
            features=features,
            entity_rows=[{"driver_id": each} for each in ids],
            full_feature_names=full_feature_names,
        )
        statuses = [[int(each) for each in result.statuses] for result in response.proto.results]
        return {"values": response.to_dict(), "statuses": statuses}

    found["empty"] = read(ALL, [1])
    store.push("driver_push", rows([1, 2], hours=2))
    found["pushed"] = read(ALL, [1, 2, 4])
    store.write_to_online_store("driver_stats", rows([4], hours=3))
    found["written"] = read(["driver_stats:trips"], [4, 4])
    store.materialize(START, START + timedelta(hours=12), feature_views=["driver_plain"])
    store.materialize_incremental(START + timedelta(hours=11), feature_views=["driver_plain"])
    found["materialized"] = read(["driver_plain:trips"], [3, 4])
    found["service"] = read(store.get_feature_service("driver_model"), [2], full_feature_names=True)
    found["errors"] = [
        raised(lambda: read(["nope:x"], [1])),
        raised(lambda: read(["driver_stats:nope"], [1])),
        raised(lambda: read(["driver_stats:trips", "driver_plain:trips"], [1])),
        raised(lambda: read(FeatureService(name="nope", features=[]), [1])),
        raised(lambda: read(["driver_stats:trips"], ["x"])),
        raised(lambda: store.write_to_online_store("driver_stats", far_ahead())),
        raised(lambda: store.materialize(START + timedelta(hours=1), START)),
    ]
    found["after"] = read(["driver_stats:trips"], [4])
    return found


def far_ahead() -> pd.DataFrame:
    frame = rows([4, 5], hours=4)
    frame.loc[1, "event_timestamp"] = datetime(2099, 1, 1, tzinfo=timezone.utc)
    return frame


def exact(value):
    """Integers that JavaScript's numbers cannot hold, as text."""
    if isinstance(value, dict):
        return {key: exact(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(each) for each in value]
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


def raised(work) -> list:
    try:
        work()
    except Exception as error:  # noqa: BLE001: which one it is is what is asked
        return [type(error).__module__, type(error).__name__, str(error)]
    return ["", "nothing was raised", ""]


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    answer = make(folder, sys.argv[3]) if sys.argv[1] == "make" else use(folder)
    print(json.dumps(exact(answer), default=str))
