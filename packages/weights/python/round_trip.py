"""The other end of src/round-trip.test.ts: timm, torch and pickle on the files in the folder given.

In: ours.safetensors, what saveWeights wrote with timm's names; input.bin, images as float32 NCHW; names.json, the Haiku
names of the net with their shapes. Out: logits.json, timm's for those images; timm.safetensors, fresh weights of timm's, as
timm.pth too; haiku.npz, a pickle by those names.
"""

import json
import pickle
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bench/peers"))
import import_timm  # noqa: E402, F401
from safetensors.torch import load_file, save_file  # noqa: E402
from timm.models.nfnet import NfCfg, NormFreeNet  # noqa: E402

folder = Path(sys.argv[1])


def make_net():
    config = NfCfg(
        depths=(1, 2, 1, 1),
        channels=(32, 64, 96, 96),
        stem_type="deep_quad",
        stem_chs=64,
        group_size=16,
        bottle_ratio=0.5,
        extra_conv=True,
        gamma_in_act=True,
        same_padding=True,
        skipinit=True,
        num_features=192,
        act_layer="relu",
        attn_layer="se",
        attn_kwargs=dict(rd_ratio=0.5),
    )
    return NormFreeNet(config, num_classes=5).eval()


net = make_net()
net.load_state_dict(load_file(folder / "ours.safetensors"), strict=True)
images = torch.from_numpy(np.fromfile(folder / "input.bin", np.float32).reshape(2, 3, 64, 64))
with torch.no_grad():
    logits = net(images)
(folder / "logits.json").write_text(json.dumps(logits.flatten().tolist()))

torch.manual_seed(1)
fresh = {name: torch.randn_like(values) for name, values in make_net().state_dict().items()}
save_file(fresh, folder / "timm.safetensors")
torch.save(fresh, folder / "timm.pth")
torch.save(fresh, folder / "timm-legacy.pth", _use_new_zipfile_serialization=False)

random = np.random.default_rng(1)
modules = {}
for name, shape in json.loads((folder / "names.json").read_text()):
    module, parameter = name.rsplit("/", 1)
    modules.setdefault(module, {})[parameter] = random.standard_normal(shape, dtype=np.float32)
(folder / "haiku.npz").write_bytes(pickle.dumps(modules, protocol=4))
flat = {f"{module}/{name}": values for module, values in modules.items() for name, values in values.items()}
(folder / "haiku.json").write_text(json.dumps({name: values.flatten().tolist() for name, values in flat.items()}))
