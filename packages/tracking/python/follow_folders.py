"""For each folder named on a line of standard input, prints as JSON what TensorBoard's two readers find there by now: the steps of
every tag, with the values of scalars. They keep what they read before, as a server does."""

import json
import logging
import sys

from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.util import tensor_util

logging.disable(logging.CRITICAL)
readers = {}


def everything(kinds):
    return {kind: 0 for kind in kinds}


def of_library(found):
    tags = found.Tags()
    return {
        **{tag: [[e.step, e.value] for e in found.Scalars(tag)] for tag in tags["scalars"]},
        **{tag: [e.step for e in found.Histograms(tag)] for tag in tags["histograms"]},
        **{tag: [e.step for e in found.Images(tag)] for tag in tags["images"]},
        **{tag: [e.step for e in found.Tensors(tag)] for tag in tags["tensors"] if not tag.startswith("_hparams_")},
    }


def of_server(found):
    points = {}
    for tag in found.Tags()["tensors"]:
        plugin = found.SummaryMetadata(tag).plugin_data.plugin_name
        if plugin == "scalars":
            points[tag] = [[e.step, float(tensor_util.make_ndarray(e.tensor_proto))] for e in found.Tensors(tag)]
        elif plugin != "hparams":
            points[tag] = [e.step for e in found.Tensors(tag)]
    return points


for line in sys.stdin:
    folder = line.rstrip("\n")
    if folder not in readers:
        kinds = [event_accumulator.SCALARS, event_accumulator.HISTOGRAMS, event_accumulator.IMAGES, event_accumulator.TENSORS]
        readers[folder] = (
            event_accumulator.EventAccumulator(folder, size_guidance=everything(kinds)),
            plugin_event_accumulator.EventAccumulator(
                folder, size_guidance={plugin_event_accumulator.TENSORS: 0}, tensor_size_guidance={"scalars": 0}
            ),
        )
    library, server = readers[folder]
    library.Reload()
    server.Reload()
    hparams = {
        tag: server.SummaryMetadata(tag).plugin_data.content.hex()
        for tag in server.Tags()["tensors"]
        if tag.startswith("_hparams_")
    }
    print(json.dumps({"library": of_library(library), "server": of_server(server), "hparams": hparams}), flush=True)
