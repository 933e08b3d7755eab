#!/usr/bin/env bash
# hyparquet-compressors 1.1.2: an empty LZ4_RAW page is taken for a broken one.
#
# A column of nulls alone, which pyarrow writes with compression "lz4", has a page (here the dictionary's) of no bytes. The LZ4
# block of no bytes is the single byte 0, a token of no literals. One would expect an empty page back, as pyarrow, Polars and
# DuckDB read it; hyparquet with these compressors throws "lz4 offset out of range 0", because after the token its loop looks for
# the offset of a match that is not there. A Parquet file in which some row group has no images (or no captions) cannot be read
# then, though nothing is wrong with it. Here pages of no bytes are not handed to a decompressor.
#
# Exits 0 while this is so, and non-zero when it changes. Needs npm and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit hyparquet@1.31.5 hyparquet-compressors@1.1.2
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pyarrow==25.0.1
venv/bin/python - <<'PYTHON'
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"image": pa.nulls(2, pa.binary())}), "nulls.parquet", compression="lz4")
print("pyarrow", pa.__version__, "reads", pq.read_table("nulls.parquet").column("image").to_pylist())
PYTHON
cat > read.mjs <<'JAVASCRIPT'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
const file = await asyncBufferFromFile('nulls.parquet');
const message = await parquetReadObjects({ file, compressors }).then((rows) => `reads ${JSON.stringify(rows)}`, (error) => `throws "${error.message}"`);
console.log('hyparquet 1.31.5 with hyparquet-compressors 1.1.2', message);
process.exit(message === 'throws "lz4 offset out of range 0"' ? 0 : 1);
JAVASCRIPT
node read.mjs
