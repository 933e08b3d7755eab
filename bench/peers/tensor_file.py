"""Reads what writeTensorFile of tensor-file.ts wrote."""

import json
import math

import numpy


def read_tensor_file(path):
    """Yields (name, float32 array) for each array of the file."""
    with open(f"{path}.json") as index, open(f"{path}.bin", "rb") as data:
        for entry in json.load(index):
            shape = entry["shape"]
            values = numpy.frombuffer(data.read(4 * math.prod(shape)), "<f4")
            yield entry["name"], values.reshape(shape)
