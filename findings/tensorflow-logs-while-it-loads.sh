#!/usr/bin/env bash
# Loading TensorFlow's libraries writes two lines about oneDNN to stderr, whatever TF_CPP_MIN_LOG_LEVEL says.
#
# Package: tensorflow-cpu 2.21.0, its libtensorflow_framework.so.2 and libtensorflow_cc.so.2, loaded without Python's tensorflow module.
# Expected: with TF_CPP_MIN_LOG_LEVEL=3 only fatal errors are written, as the variable is described and as its use for later lines shows.
# Seen: a warning that log messages before absl::InitializeLog() go to stderr, and an information line that oneDNN's custom operations are
# on. Both come while the library is loaded. TF_ENABLE_ONEDNN_OPTS=0 silences them, at the price of oneDNN.
# Why it matters here: a Node program with native TensorFlow cannot be quiet on stderr, though nothing is wrong: whoever embeds the library
# finds no setting for it, and tests that hold stderr to be empty have to know these lines.
#
# Exits with 0 while this is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-deps tensorflow-cpu==2.21.0
cat >load.py <<'PY'
import ctypes, pathlib, sys
folder = next(pathlib.Path('venv/lib').glob('python3*/site-packages/tensorflow'))
for name in ('libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'):
    ctypes.CDLL(str(folder / name), mode=ctypes.RTLD_GLOBAL)
PY
lines() { env "$@" venv/bin/python load.py 2>&1 >/dev/null | grep -c . || true; }
quiet=$(lines TF_CPP_MIN_LOG_LEVEL=3)
without=$(lines TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0)
venv/bin/pip list 2>/dev/null | grep -i tensorflow
printf 'lines on stderr with TF_CPP_MIN_LOG_LEVEL=3: %s; without oneDNN: %s\n' "$quiet" "$without"
[[ $quiet == 2 && $without == 0 ]]
