"""Prints what a peer has, by name: lists that docs/coverage.md must have a row for each of.

    python tools/reference/peer_names.py timm
    python tools/reference/peer_names.py optax
    python tools/reference/peer_names.py deepmind FOLDER    (nfnets/ of a clone of google-deepmind/deepmind-research)

Of timm and optax the installed version. JSON: `{"version": ..., "names": {table: [name, ...]}}`. Only timm is imported, for its
registry; the rest is read from the sources, so that optax needs no JAX.
"""

import ast
import importlib.metadata
import importlib.util
import json
import re
import sys
from pathlib import Path

import paths  # noqa: F401


def parse(path):
    return ast.parse(Path(path).read_text(encoding="utf8"))


def functions(body):
    return [node for node in body if isinstance(node, ast.FunctionDef)]


def arguments(function):
    given = function.args
    names = [each.arg for each in given.posonlyargs + given.args + given.kwonlyargs]
    return [name for name in names if name not in ("self", "name")]


def with_arguments(nodes, left_out=()):
    """Functions and classes by name, each followed by what it takes: `NormFreeBlock`, `NormFreeBlock(alpha)`."""
    names = []
    for node in nodes:
        maker = node
        if isinstance(node, ast.ClassDef):
            maker = next((each for each in functions(node.body) if each.name == "__init__"), None)
        names.append(node.name)
        taken = [] if maker is None else arguments(maker)
        names += [f"{node.name}({argument})" for argument in taken if argument not in left_out]
    return names


def assigned(body, name):
    """The expression that is assigned to `name`."""
    return next(node.value for node in body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name)


def keys(expression):
    """Keys of a dict, written either way, or of the one that `.update(**{...})` is given."""
    if isinstance(expression, ast.Call):
        return [each.arg for each in expression.keywords]
    return [each.value for each in expression.keys if isinstance(each, ast.Constant)]


def timm_names():
    import import_timm  # noqa: F401
    import timm
    from timm.models.nfnet import NfCfg

    folder = Path(timm.__file__).parent
    body = parse(folder / "models/nfnet.py").body
    models = set(timm.list_models(module="nfnet"))
    made = [node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    public = [node for node in made if not node.name.startswith("_") and node.name not in models | {"NfCfg"}]
    net = next(node for node in public if node.name == "NormFreeNet")
    # Every part takes these; they are told of the whole network alone.
    places = ("device", "dtype")
    stem = next(node for node in public if node.name == "create_stem")
    types = next(node for node in ast.walk(stem) if isinstance(node, ast.Tuple) and isinstance(node.elts[0], ast.Constant))
    calls = [node for node in ast.walk(ast.Module(body, [])) if isinstance(node, ast.Call)]
    configurations = [each.arg for call in calls if getattr(call.func, "id", "") == "_dcfg" for each in call.keywords]
    defaults = next(node for node in body if getattr(node, "name", "") == "_dcfg").body[-1].value
    convolutions = [node for node in parse(folder / "layers/std_conv.py").body if isinstance(node, ast.ClassDef)]
    clipping = functions(parse(folder / "utils/agc.py").body) + functions(parse(folder / "utils/clip_grad.py").body)
    modes = re.findall(r"mode == '(\w+)'", (folder / "utils/clip_grad.py").read_text())
    factory = next(node for node in functions(parse(folder / "models/_factory.py").body) if node.name == "create_model")
    builder = (folder / "models/_builder.py").read_text()
    return {
        "models": timm.list_models(module="nfnet"),
        "weights": timm.list_models(module="nfnet", pretrained=True),
        "pretrained_cfg": sorted({*configurations, *keys(defaults)}),
        "NfCfg": list(NfCfg.__dataclass_fields__),
        "parts": with_arguments([node for node in public if node is not net], places),
        "network": with_arguments([net]) + [f"NormFreeNet.{each.name}" for each in functions(net.body) if each.name != "__init__"],
        "create_model": [*arguments(factory), *re.findall(r"kwargs\.pop\('(\w+)'", builder)],
        "stems": [each.value for each in types.elts],
        "gammas": keys(assigned(body, "_nonlin_gamma")),
        "convolutions": with_arguments(convolutions, places),
        "clipping": with_arguments(clipping) + [f"mode '{mode}'" for mode in modes],
    }


def optax_names():
    folder = Path(importlib.util.find_spec("optax").origin).parent
    public = lambda nodes: [node for node in nodes if not node.name.startswith("_")]  # noqa: E731
    transforms = folder / "transforms/_clipping.py"
    elsewhere = set()
    for path in folder.rglob("*.py"):
        if path == transforms or path.name.endswith("_test.py"):
            continue
        for node in public(functions(parse(path).body)):
            elsewhere |= {node.name} if "clip" in node.name else set()
            elsewhere |= {f"{node.name}({each})" for each in arguments(node) if "clip" in each}
    return {"clipping": with_arguments(public(functions(parse(transforms).body))), "elsewhere": sorted(elsewhere)}


def is_group(node):
    """Whether an expression makes a dict: `{...}`, `dict(...)` or a `ConfigDict`."""
    made_by = getattr(node, "func", None)
    return isinstance(node, ast.Dict) or getattr(made_by, "id", getattr(made_by, "attr", "")) in ("dict", "ConfigDict")


def settings(function):
    """Keys of the configuration that a `get_config` makes, without those that only hold others."""
    names = set()
    for node in filter(is_group, ast.walk(function)):
        if isinstance(node, ast.Dict):
            names |= set(keys(node))
        else:
            names |= {each.arg for each in node.keywords if not is_group(each.value)}
    # RandAugment's magnitude and the weight decay of each variant are in dicts of their own.
    return {name for name in names if not re.fullmatch(r"[BF]\d", name)}


def deepmind_names(folder):
    names = {"files": sorted(path.name for path in folder.iterdir() if path.is_file())}
    configuration = set()
    for path in sorted(folder.glob("*.py")):
        body = parse(path).body
        classes = [node for node in body if isinstance(node, ast.ClassDef)]
        found = with_arguments(classes) + [each.name for each in functions(body)]
        for node in classes:
            table = [each for each in node.body if isinstance(each, ast.Assign) and each.targets[0].id == "variant_dict"]
            if table and isinstance(table[0].value, ast.Dict):
                found += keys(table[0].value)
        for function in functions(body):
            configuration |= settings(function) if function.name == "get_config" else set()
        if path.name == "base.py":
            series = next(each.value for each in body if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call))
            sizes = keys(series.keywords[0].value)
            found += [*keys(assigned(body, "nf_regnet_params")), *sizes, *(f"{size}+" for size in sizes)]
            found += keys(assigned(body, "nonlinearities"))
        names[path.name] = found
    readme = (folder / "README.md").read_text(encoding="utf8")
    return {**names, "config": sorted(configuration), "weights": re.findall(r"(F\d)_haiku\.npz", readme)}


if __name__ == "__main__":
    peer = sys.argv[1]
    if peer == "deepmind":
        print(json.dumps({"version": None, "names": deepmind_names(Path(sys.argv[2]))}))
    else:
        names = {"timm": timm_names, "optax": optax_names}[peer]()
        print(json.dumps({"version": importlib.metadata.version(peer), "names": names}))
