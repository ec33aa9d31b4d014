"""Training sets in notebooks and scripts: the stored bytes, checked by their hash and kept by it."""

import hashlib
import os
import tempfile

from fettle.server import Server


class TrainingSet:
    """One stored training set: equal ids mean equal rows. Its bytes are fetched when they are first wanted."""

    def __init__(self, server, manifest):
        self._server = server
        self.manifest = manifest
        self.name = manifest["name"]
        self.version = f"{manifest['name']}@v{manifest['number']}"
        self.id = manifest["id"]
        self.rows = manifest["rows"]
        self.columns = [column["name"] for column in manifest["columns"]]
        self.schema = {column["name"]: column["type"] for column in manifest["columns"]}
        self.sha256 = manifest["files"][0]["sha256"] if manifest["files"] else ""

    def __repr__(self):
        return f"<fettle.TrainingSet {self.version} {self.rows} rows, {len(self.columns)} columns>"

    def path(self):
        """The rows as a Parquet file of the cache, its hash checked each time. Raises ValueError for altered bytes."""
        path = os.path.join(_cache(), f"{self.sha256}.parquet")
        if os.path.exists(path):
            if _hash_of(path) == self.sha256:
                return path
            os.unlink(path)
        data = self._server.bytes(f"/objects/sha256:{self.sha256}")
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ValueError(f"{self.version}: the bytes have hash {found}, not {self.sha256} as its manifest says")
        with tempfile.NamedTemporaryFile(dir=_cache(), delete=False) as file:
            file.write(data)
        os.replace(file.name, path)
        return path

    def to_arrow(self, columns=None, split=None):
        """A pyarrow table; of some columns and one split when they are named."""
        import pyarrow.parquet

        column = self._split_column(split)
        filters = None if column is None else [(column, "=", split)]
        table = pyarrow.parquet.read_table(self.path(), columns=self._chosen(columns), filters=filters)
        for index, field in enumerate(table.schema):
            if self._is_time(field.name) and field.type.tz is None:
                utc = pyarrow.timestamp(field.type.unit, tz="UTC")
                table = table.set_column(index, pyarrow.field(field.name, utc), table.column(index).cast(utc))
        return table

    def to_pandas(self, columns=None, split=None):
        return self.to_arrow(columns, split).to_pandas()

    def to_polars(self, columns=None, split=None):
        import polars

        column = self._split_column(split)
        rows = polars.scan_parquet(self.path())
        if column is not None:
            rows = rows.filter(polars.col(column) == split)
        rows = rows.select(self._chosen(columns)).collect()
        zoneless = [
            name for name, kind in rows.schema.items() if self._is_time(name) and getattr(kind, "time_zone", "") is None
        ]
        return rows.with_columns(polars.col(name).dt.replace_time_zone("UTC") for name in zoneless)

    def _is_time(self, name):
        """Times are UTC; the stored files do not say so."""
        return self.schema[name] == "timestamp"

    def _chosen(self, columns):
        if columns is None:
            return self.columns
        for name in columns:
            if name not in self.columns:
                raise KeyError(f"{self.version} has no column {name!r}; it has {', '.join(self.columns)}")
        return list(columns)

    def _split_column(self, split):
        if split is None:
            return None
        if split not in self.manifest["splits"]:
            known = ", ".join(self.manifest["splits"]) or "none"
            raise KeyError(f"{self.version} has no split {split!r}; it has {known}")
        return next(each["name"] for each in self.manifest["columns"] if each["role"] == "split")


def training_set(reference, *, url=None):
    """A stored training set by version (`flights@v3`), name (the newest) or id (`ds-...`).

    Raises FettleError for an unknown one, and Unreachable without a server.
    """
    server = Server(url)
    return TrainingSet(server, server.call("GET", f"/training-sets/{reference}"))


def _cache():
    base = os.environ.get("FETTLE_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache"), "fettle"
    )
    folder = os.path.join(base, "training-sets")
    os.makedirs(folder, exist_ok=True)
    return folder


def _hash_of(path):
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1024 * 1024), b""):
            hasher.update(block)
    return hasher.hexdigest()
