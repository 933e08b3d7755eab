"""The other end of src/foreign-files.test.ts: what torch.save, timm's trainer and the safetensors library write.

In: the folder given, with names.json: timm's names of a small net with their shapes. Out, for loadWeights:
whole/NAME.pth, .pt or .safetensors, and NAME.pth.expected, what timm's load_state_dict makes of it; whole.json lists
them. For the reader alone: parts/NAME.pth and NAME.json, the values that torch.load gives (null: no float tensor).
adapted/FROM-TO.safetensors: kernels for other numbers of channels. haiku/: pickles of arrays.
refused/: what holds no weights.
"""

import argparse
import collections
import datetime
import enum
import functools
import json
import pathlib
import pickle
import random
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bench/peers"))
import import_timm  # noqa: E402, F401
from safetensors.torch import save_file  # noqa: E402
from timm.models import adapt_input_conv, load_state_dict  # noqa: E402

folder = Path(sys.argv[1])
for name in ("whole", "parts"):
    (folder / name).mkdir()
names = json.loads((folder / "names.json").read_text())
torch.manual_seed(1)


def fresh():
    return collections.OrderedDict((name, torch.randn(shape)) for name, shape in names)


class Level(enum.Enum):
    LOW = 1


class Own:
    def __init__(self):
        self.tensor = torch.zeros(3)

    def method(self):
        return 1


class OwnDict(dict):
    pass


net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
optimizer = torch.optim.Adam(net.parameters(), amsgrad=True)
net(torch.randn(2, 1, 4, 4)).sum().backward()
optimizer.step()
multi_step = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 6, 6])
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
lambda_lr = torch.optim.lr_scheduler.LambdaLR(optimizer, functools.partial(max, 1))

# What lies beside the weights: on torch's safe list, and beyond it.
SAFE = {
    "epoch": 3,
    "big": 2**200,
    "negative": -(2**70),
    "counter": collections.Counter("aab"),
    "size": torch.Size([1, 2]),
    "dtype": torch.float32,
    "device": torch.device("cpu"),
    "layout": torch.strided,
    "uint16": torch.tensor([1], dtype=torch.uint16),
    "uint64": torch.tensor([1], dtype=torch.uint64),
    "float8": torch.zeros(2).to(torch.float8_e4m3fn),
    "complex": torch.zeros(2, dtype=torch.complex64),
    "sparse": torch.eye(2).to_sparse(),
    "csr": torch.eye(2).to_sparse_csr(),
    "quantized": torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8),
    "meta": torch.zeros(2, device="meta"),
    "optimizer": optimizer.state_dict(),
    "lr_scheduler": multi_step.state_dict(),
    "rng_state": torch.get_rng_state(),
    "args": argparse.Namespace(lr=0.1, path="x"),
    "bytes": b"abc" * 2000,
    "text": "long " * 2000,
    "set": {1, 2},
    "number": 1 + 2j,
    "nothing": None,
    "nested": {"a": [(1, 2.5, float("nan"), float("inf")), {"b": True}]},
    "losses": [random.random() for _ in range(1000)],
}
UNSAFE = {
    "best_acc": np.float64(0.5),
    "flags": np.bool_(True),
    "array": np.zeros((3, 4)),
    "objects": np.array([None, "a"], dtype=object),
    "texts": np.array(["a", "bc"]),
    "structure": np.zeros(2, dtype=[("a", "f4"), ("b", "i8")]),
    "path": pathlib.PurePosixPath("/a/b"),
    "windows": pathlib.PureWindowsPath("c:/a"),
    "frozen": frozenset({1}),
    "when": datetime.datetime.now(),
    "delta": datetime.timedelta(1),
    "default": collections.defaultdict(list, {"a": [1]}),
    "deque": collections.deque([1, 2]),
    "level": Level.LOW,
    "function": len,
    "method": Own().method,
    "type": Own,
    "object": Own(),
    "dict": OwnDict(a=1),
    "module": net,
    "optimizer_object": optimizer,
    "plateau": plateau.state_dict(),
    "lambda": lambda_lr.state_dict(),
    "partial": functools.partial(max, 1),
    "python_random": random.getstate(),
    "numpy_random": np.random.get_state(),
    "range": range(3),
    "slice": slice(1, 2),
    "ellipsis": ...,
    "array_type": np.dtype("f4"),
    "scalar_type": np.float32,
    "bytearray": bytearray(b"abc"),
}

whole = []


def put(name, content, weights_only=True, **options):
    """Writes a checkpoint, and what timm makes of it."""
    path = folder / "whole" / f"{name}.pth"
    torch.save(content, path, **options)
    expect(path.name, weights_only)


def expect(file, weights_only=True):
    path = folder / "whole" / file
    state = load_state_dict(str(path), weights_only=weights_only)
    kept = {k: v.float().contiguous().clone() for k, v in state.items() if isinstance(v, torch.Tensor) and k in dict(names)}
    save_file(kept, path.with_name(f"{file}.expected"))
    whole.append(file)


for protocol in (2, 3, 4, 5):
    # Of protocols after 2 torch's own safe reader knows some opcodes only.
    put(f"safe-{protocol}", {"state_dict": fresh(), **SAFE}, protocol == 2, pickle_protocol=protocol)
    put(f"unsafe-{protocol}", {**UNSAFE, "state_dict": fresh(), **SAFE}, False, pickle_protocol=protocol)
# The format before torch 1.6 has no types that came later: torch writes them, and cannot read them back.
legacy = {k: v for k, v in SAFE.items() if k not in ("uint16", "uint64", "float8")}
put("legacy", {"state_dict": fresh(), **legacy}, _use_new_zipfile_serialization=False)
put("legacy-unsafe", {**UNSAFE, "state_dict": fresh()}, False, _use_new_zipfile_serialization=False)
put("plain", fresh())
put("ema", {"state_dict": fresh(), "state_dict_ema": fresh(), "model_ema": fresh(), "model": fresh()})
put("model-ema", {"state_dict": fresh(), "model_ema": fresh()})
put("no-ema", {"state_dict": fresh(), "state_dict_ema": None, "model": fresh()})
put("model", {"model": fresh(), "epoch": 3})
put("model-and-ema", {"model": fresh(), "ema": fresh(), "net": fresh()})
prefixed = lambda prefix: {prefix + name: value for name, value in fresh().items()}  # noqa: E731
put("module", {"state_dict": prefixed("module.")})
put("orig-mod", {"state_dict": prefixed("_orig_mod.")})
put("module-orig-mod", prefixed("module._orig_mod."))
mixed = [(("module." if i % 2 else "_orig_mod.") + name, value) for i, (name, value) in enumerate(fresh().items())]
put("mixed", dict(mixed))
put("parameters", {name: torch.nn.Parameter(value) for name, value in fresh().items()})
put("double", {name: value.double() for name, value in fresh().items()})
put("half", {name: value.half() for name, value in fresh().items()})
put("bfloat", {name: value.bfloat16() for name, value in fresh().items()})
put("channels-last", {n: v.to(memory_format=torch.channels_last) if v.dim() == 4 else v for n, v in fresh().items()})
flat = torch.randn(sum(int(np.prod(shape)) for _, shape in names) + 7)
offset, slices = 7, {}
for name, shape in names:
    count = int(np.prod(shape))
    slices[name] = flat[offset : offset + count].view(shape)
    offset += count
put("one-storage", slices)
put("expanded", {n: v.flatten()[:1].expand(v.numel()).view(v.shape) if v.dim() < 2 else v[:1].expand(v.shape) for n, v in fresh().items()})
put("extra-state", {**fresh(), "head.fc._extra_state": {"a": 1}, "stem._extra_state": torch.zeros(3, dtype=torch.uint8)})
for name, prefix in (("plain", ""), ("module", "module."), ("orig-mod", "_orig_mod."), ("both", "module._orig_mod.")):
    save_file(prefixed(prefix), folder / "whole" / f"{name}.safetensors")
    expect(f"{name}.safetensors")
save_file({n: v.double() for n, v in fresh().items()}, folder / "whole" / "double.safetensors")
expect("double.safetensors")
(folder / "whole.json").write_text(json.dumps(whole))

hooked = torch.nn.Parameter(torch.randn(4))
hooked.register_hook(lambda grad: grad)
noted = torch.nn.Parameter(torch.randn(4))
noted.note = "x"
base = torch.arange(24, dtype=torch.float32).view(4, 6)
tied = torch.randn(3, 3)
PARTS = {
    "views": {
        "whole": base,
        "transposed": base.t(),
        "rows": base[1:3],
        "columns": base[:, 1:5:2],
        "permuted": base.view(2, 2, 6).permute(2, 0, 1),
        "diagonal": base[:, :4].diagonal(),
        "windows": base.flatten().unfold(0, 5, 2),
        "expanded": base[:1].expand(5, 6),
        "number": base[2, 3],
        "repeated": torch.tensor(2.5).expand(3, 4),
        "empty": torch.zeros(0, 3),
        "end": base.flatten()[24:],
        "tied": tied,
        "again": tied,
    },
    "types": {
        "f64": torch.randn(5, dtype=torch.float64),
        "f32": torch.randn(5),
        "f16": torch.randn(5).half(),
        "bf16": torch.randn(5).bfloat16(),
        "subnormal": torch.tensor([1e-45, 1e-40, -3e-39]),
        **{
            str(t).split(".")[1]: torch.ones(3).to(t)
            for t in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.uint16)
            + (torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz)
            + (torch.float8_e5m2fnuz, torch.float8_e8m0fnu, torch.complex64, torch.complex128, torch.complex32)
        },
        "sparse": torch.eye(3).to_sparse(),
        "quantized": torch.quantize_per_tensor(torch.randn(3), 0.1, 2, torch.quint8),
        "channels": torch.quantize_per_channel(torch.randn(2, 2), torch.ones(2), torch.zeros(2), 0, torch.qint8),
        "meta": torch.zeros(3, device="meta"),
        "nested": torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
    },
    "kinds": {
        "parameter": torch.nn.Parameter(torch.randn(4)),
        "frozen": torch.nn.Parameter(torch.randn(4), requires_grad=False),
        "noted": noted,
        "buffer": torch.nn.Buffer(torch.randn(4)),
        "negated": torch.tensor([1 + 2j, -3 - 4j]).conj().imag,
        "number": 3,
    },
}


LATER = ("nested", "uint16", "uint32", "uint64", "complex32", *(k for k in PARTS["types"] if k.startswith("float8")))


def values(tensor):
    is_float = isinstance(tensor, torch.Tensor) and not tensor.is_quantized and tensor.layout == torch.strided
    is_float = is_float and tensor.dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)
    if not is_float or tensor.device.type == "meta" or tensor.is_nested:
        return None
    return {"shape": list(tensor.shape), "values": tensor.float().flatten().tolist()}


for name, content in PARTS.items():
    for kind, options in (("", {}), ("-5", {"pickle_protocol": 5}), ("-legacy", {"_use_new_zipfile_serialization": False})):
        if name == "types" and kind == "-legacy":
            content = {k: v for k, v in content.items() if k not in LATER}
        path = folder / "parts" / f"{name}{kind}.pth"
        torch.save(content, path, **options)
        loaded = torch.load(path, weights_only=kind == "")
        path.with_suffix(".json").write_text(json.dumps({k: values(v) for k, v in loaded.items()}))

# Kernels of a first convolution for other numbers of channels, by timm's own rule.
(folder / "adapted").mkdir()
for given, wanted in ((3, 1), (2, 1), (3, 2), (3, 4), (3, 5), (3, 7), (3, 12)):
    shape = (16, given, 3, 3)
    kernel = torch.randn(shape)
    made = adapt_input_conv(wanted, kernel.clone())
    save_file({"kernel": kernel, "made": made.contiguous()}, folder / "adapted" / f"{given}-{wanted}.safetensors")

# Pickles of numpy arrays, as trainers with Haiku keep them.
(folder / "haiku").mkdir()
modules = {"net/~/conv": {"w": np.ones((2, 2), np.float32)}, "net": {"b": np.float64([1.5, 2])}}
empty = {"net": {**modules["net"], "none": np.zeros((0, 3), np.float32)}}
average = {module: {name: 2 * array for name, array in arrays.items()} for module, arrays in modules.items()}
beside = {"state": {"net": {"texts": np.array(["a"])}}, "step": 3, "opt_state": (np.zeros(2), OwnDict(a=1)), "path": UNSAFE["path"]}
odd = {"big_endian": np.ones(2, ">f4"), "objects": np.array([None]), "texts": np.array(["a"]), "half": np.ones(2, "f2")}
for protocol in range(6):
    for name, content in {
        "plain": modules,
        "params": {"params": modules, **beside},
        "average": {"params": modules, "ema_params": average, **beside},
        "odd": {"net": {**modules["net"], **odd}, "step": 3},
        "empty": empty,
        "pair": (modules, {}),
        "flat": {"net.b": modules["net"]["b"], **beside},
    }.items():
        (folder / "haiku" / f"{name}-{protocol}.pkl").write_bytes(pickle.dumps(content, protocol))

# What is refused by name.
(folder / "refused").mkdir()
torch.save(net, folder / "refused" / "module.pth")
torch.save(torch.zeros(3), folder / "refused" / "tensor.pth")
torch.save({"model": net, "epoch": 1}, folder / "refused" / "yolo.pth")
torch.save(net, folder / "refused" / "legacy-module.pth", _use_new_zipfile_serialization=False)
torch.save([fresh(), fresh()], folder / "refused" / "list.pth")
torch.jit.save(torch.jit.trace(net.eval(), torch.zeros(1, 1, 4, 4)), folder / "refused" / "script.pth")
torch.export.save(torch.export.export(net, (torch.zeros(2, 1, 4, 4),)), folder / "refused" / "program.pt2")
np.savez(folder / "refused" / "stored.npz", a=np.zeros(3))
np.savez_compressed(folder / "refused" / "compressed.npz", a=np.zeros(300))
np.save(folder / "refused" / "single.npy", np.zeros(3))
(folder / "refused" / "state.pkl").write_bytes(pickle.dumps(fresh()))
