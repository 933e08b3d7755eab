"""Writes what timm computes with a small net of each of its families.

    python tools/reference/timm_families.py

Needs timm. Writes packages/models/src/__fixtures__/timm-*.json.
"""

import json
from dataclasses import replace

from paths import FIXTURES
import import_timm  # noqa: F401
import timm
import torch
from golden_values import golden_values, golden_weight
from timm.models.nfnet import NormFreeNet, model_cfgs
from train_step import CLASSES, training_step

SIDE = 40

# The options of each preset, at small widths and depths.
NETS = {
    "dm_nfnet": replace(
        model_cfgs["dm_nfnet_f0"], depths=(1, 2, 1, 1), channels=(32, 48, 64, 64), group_size=8, num_features=96, stem_chs=64
    ),
    "nfnet": replace(
        model_cfgs["nfnet_f0"], depths=(1, 2, 1, 1), channels=(32, 48, 64, 64), group_size=8, num_features=96, stem_chs=64
    ),
    "nfnet_l": replace(
        model_cfgs["nfnet_l0"], depths=(1, 2, 1, 1), channels=(32, 64, 96, 96), group_size=8, num_features=96, stem_chs=64
    ),
    "eca_nfnet_l": replace(
        model_cfgs["eca_nfnet_l0"], depths=(1, 2, 1, 1), channels=(32, 64, 96, 128), group_size=8, num_features=96, stem_chs=64
    ),
    "nf_resnet": replace(model_cfgs["nf_resnet50"], depths=(1, 2, 1, 1), channels=(32, 64, 96, 128), stem_chs=16),
    "nf_seresnet": replace(model_cfgs["nf_seresnet50"], depths=(1, 2, 1, 1), channels=(32, 64, 96, 192), stem_chs=16),
    "nf_ecaresnet": replace(model_cfgs["nf_ecaresnet50"], depths=(1, 2, 1, 1), channels=(32, 64, 96, 128), stem_chs=16),
    "nf_regnet": replace(model_cfgs["nf_regnet_b0"], depths=(1, 2, 1, 1), channels=(24, 40, 56, 72), num_features=128),
}

if __name__ == "__main__":
    images = torch.from_numpy(golden_values("input", (2, SIDE, SIDE, 3)) * 3**0.5).permute(0, 3, 1, 2)
    for name, config in NETS.items():
        model = NormFreeNet(config, num_classes=CLASSES).double().eval()
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                parameter.copy_(torch.from_numpy(golden_weight(key, tuple(parameter.shape))))
        weights = dict(model.named_parameters())
        record = training_step(lambda: model(images), weights, "head.fc.weight", 0)
        text = json.dumps({"source": f"timm {timm.__version__}", **record}, indent=0)
        (FIXTURES / f"timm-{name}.json").write_text(text + "\n")
