"""Prints as JSON what TensorBoard's own reader finds in the event files of a folder."""

import json
import sys

from tensorboard.backend.event_processing import event_accumulator

found = event_accumulator.EventAccumulator(
    sys.argv[1], size_guidance={event_accumulator.SCALARS: 0, event_accumulator.HISTOGRAMS: 0, event_accumulator.TENSORS: 0}
)
found.Reload()
tags = found.Tags()
print(
    json.dumps(
        {
            "tags": {kind: tags[kind] for kind in ("scalars", "histograms", "images", "tensors")},
            "scalars": {tag: [[e.step, e.value] for e in found.Scalars(tag)] for tag in tags["scalars"]},
            "histograms": {
                tag: [
                    {
                        "step": e.step,
                        "min": e.histogram_value.min,
                        "max": e.histogram_value.max,
                        "num": e.histogram_value.num,
                        "sum": e.histogram_value.sum,
                        "sumSquares": e.histogram_value.sum_squares,
                        "limits": list(e.histogram_value.bucket_limit),
                        "counts": list(e.histogram_value.bucket),
                    }
                    for e in found.Histograms(tag)
                ]
                for tag in tags["histograms"]
            },
            "images": {
                tag: [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in found.Images(tag)]
                for tag in tags["images"]
            },
            "texts": {
                tag: [t.decode() for t in found.Tensors(tag)[0].tensor_proto.string_val]
                for tag in tags["tensors"]
                if found.SummaryMetadata(tag).plugin_data.plugin_name == "text"
            },
            "plugins": {
                plugin: sorted(found.PluginTagToContent(plugin)) for plugin in ("hparams",)
            },
        }
    )
)
