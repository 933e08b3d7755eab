#!/usr/bin/env bash
# TensorBoard (PyPI, 2.21.0): its two readers disagree about a run that was restarted.
#
# A program that goes on from a checkpoint writes a second event file, headed by a session log with the status START and the step it
# goes on from; file version brain.Event:2 says that what was read from that step on is then dropped. One would expect every reader
# to do so. Seen: `event_accumulator.EventAccumulator`, which scripts use, drops it at the first START; the reader behind the server
# (`plugin_event_accumulator`) takes the first START of a run for its beginning and drops nothing, so the chart in the browser goes
# back and forth where a script sees one curve. A second START is obeyed by both.
#
# It matters to whoever writes event files without TensorFlow's supervisor: the START must be written twice, once with a step behind
# all others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tensorboard==2.21.0 'setuptools<81'
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import logging
import os
import sys

from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from tensorboard.version import VERSION

logging.disable(logging.CRITICAL)


def steps(starts):
    """Steps 0 to 4; then, after `starts` session logs, again from 2 to 5. What each reader finds."""
    logdir = os.path.join(sys.argv[1], f"run{len(starts)}")
    for name, first, last, marks in (".a", 0, 4, ()), (".b", 2, 5, starts):
        writer = EventFileWriter(logdir, filename_suffix=name)
        for step in marks:
            log = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
            writer.add_event(event_pb2.Event(wall_time=1, step=step, session_log=log))
        for step in range(first, last + 1):
            value = summary_pb2.Summary.Value(tag="loss", simple_value=step)
            writer.add_event(event_pb2.Event(wall_time=1, step=step, summary=summary_pb2.Summary(value=[value])))
        writer.close()
    script = event_accumulator.EventAccumulator(logdir)
    server = plugin_event_accumulator.EventAccumulator(logdir)
    script.Reload()
    server.Reload()
    return [e.step for e in script.Scalars("loss")], [e.step for e in server.Tensors("loss")]


once, twice = steps([2]), steps([2**40, 2])
print(f"tensorboard {VERSION}")
print(f"one START:  script {once[0]}\n            server {once[1]}")
print(f"two STARTs: script {twice[0]}\n            server {twice[1]}")
one_curve = [0, 1, 2, 3, 4, 5]
assert once == (one_curve, [0, 1, 2, 3, 4, 2, 3, 4, 5]), "the behaviour has changed"
assert twice == (one_curve, one_curve), "the behaviour has changed"
PYTHON
