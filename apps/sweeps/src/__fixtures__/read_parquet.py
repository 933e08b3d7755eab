"""Prints, as JSON, what DuckDB and pyarrow find in trials.parquet and epochs.parquet of the folders that are given, taken together."""

import json
import sys

import duckdb
import pyarrow.parquet as parquet

files = {table: [f"{folder}/{table}.parquet" for folder in sys.argv[1:]] for table in ("trials", "epochs")}
schemas = {}
for table, paths in files.items():
    first, *others = [parquet.read_schema(path) for path in paths]
    assert all(first.equals(other) for other in others), table
    schemas[table] = {field.name: str(field.type) for field in first}


def rows(query: str) -> list:
    return [list(row) for row in duckdb.sql(query).fetchall()]


# By place, not by name: it refuses files of other types, and mixes up those of another order.
trials, epochs = (f"read_parquet({files[table]!r})" for table in ("trials", "epochs"))
print(
    json.dumps(
        {
            "schemas": schemas,
            "pyarrow": {table: parquet.ParquetDataset(paths).read().num_rows for table, paths in files.items()},
            "duckdb": {
                "trials": rows(f"SELECT count(*) FROM {trials}"),
                "epochs": rows(f"SELECT count(*) FROM {epochs}"),
                "states": rows(f"SELECT status, count(*) FROM {trials} GROUP BY 1"),
                "last": rows(
                    f"SELECT id, batchSize, epoch, epochs.accuracy FROM {epochs} epochs JOIN {trials} trials USING (id)"
                    " QUALIFY row_number() OVER (PARTITION BY id ORDER BY epoch DESC) = 1 ORDER BY id"
                ),
            },
        }
    )
)
