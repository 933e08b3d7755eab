"""Records of event files, made by TensorBoard's own messages and record writer.

Needs tensorboard. Writes packages/tracking/src/tensorboard/__fixtures__/tensorboard-events.json.
"""

import io
import json

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

from paths import ROOT

SECONDS = 1700000000.25
STEP = 300
# A grey PNG of 2 x 1 pixels, as Pillow writes it.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000010800000000d14920560000000b49444154789c63e46400000018000b6b3530df0000000049454e44ae426082"
)


def record(event):
    file = io.BytesIO()
    RecordWriter(file).write(event.SerializeToString(deterministic=True))
    return file.getvalue().hex()


def values(*values, step=STEP):
    return record(event_pb2.Event(wall_time=SECONDS, step=step, summary=summary_pb2.Summary(value=values)))


def hparams(tag, **content):
    data = plugin_data_pb2.HParamsPluginData(**content)
    plugin = summary_pb2.SummaryMetadata.PluginData(plugin_name="hparams", content=data.SerializeToString(deterministic=True))
    return values(Value(tag=tag, metadata=summary_pb2.SummaryMetadata(plugin_data=plugin)))


Value = summary_pb2.Summary.Value
text_plugin = summary_pb2.SummaryMetadata.PluginData(plugin_name="text")
session = plugin_data_pb2.SessionStartInfo(start_time_secs=SECONDS)
session.hparams["clip"].string_value = "off"
fixture = {
    "png": PNG.hex(),
    "version": record(event_pb2.Event(wall_time=SECONDS, file_version="brain.Event:2")),
    "scalars": values(Value(tag="train/loss", simple_value=0.1), Value(tag="größe", simple_value=float("nan"))),
    "negativeStep": values(Value(tag="a", simple_value=1.5), step=-2),
    # Of 1, 1, 4: in 30 buckets of a tenth.
    "histogram": values(
        Value(
            tag="h",
            histo=summary_pb2.HistogramProto(
                min=1,
                max=4,
                num=3,
                sum=6,
                sum_squares=18,
                bucket_limit=[1 * (1 - i / 30) + 4 * (i / 30) for i in range(1, 30)] + [4],
                bucket=[2] + [0] * 28 + [1],
            ),
        )
    ),
    "image": values(
        Value(tag="i", image=summary_pb2.Summary.Image(height=1, width=2, colorspace=1, encoded_image_string=PNG))
    ),
    "text": values(
        Value(
            tag="t",
            tensor=tensor_pb2.TensorProto(
                dtype=types_pb2.DT_STRING,
                tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=1)]),
                string_val=["**bold**".encode()],
            ),
            metadata=summary_pb2.SummaryMetadata(plugin_data=text_plugin),
        )
    ),
    "experiment": hparams(
        "_hparams_/experiment",
        experiment=api_pb2.Experiment(
            time_created_secs=SECONDS,
            hparam_infos=[
                api_pb2.HParamInfo(name="batchSize", type=api_pb2.DATA_TYPE_FLOAT64),
                api_pb2.HParamInfo(name="clip", type=api_pb2.DATA_TYPE_STRING),
                api_pb2.HParamInfo(name="sam", type=api_pb2.DATA_TYPE_BOOL),
            ],
            metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag="evaluation/accuracy"))],
        ),
    ),
    "sessionStart": hparams("_hparams_/session_start_info", session_start_info=session),
    "sessionEnd": hparams(
        "_hparams_/session_end_info",
        session_end_info=plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=SECONDS),
    ),
}
target = ROOT / "packages/tracking/src/tensorboard/__fixtures__/tensorboard-events.json"
target.write_text(json.dumps(fixture, indent=2) + "\n")
