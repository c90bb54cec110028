"""Ends with status 1 and names the file if one below the folders named on the command line is not whole."""
import gzip
import json
import math
import pathlib
import struct
import sys


def nifti(data):
    size, = struct.unpack_from("<i", data, 0)
    assert size == 348, "header"
    dim = struct.unpack_from("<8h", data, 40)
    bits, = struct.unpack_from("<h", data, 72)
    offset, = struct.unpack_from("<f", data, 108)
    wanted = int(offset) + math.prod(dim[1:1 + dim[0]]) * bits // 8
    assert len(data) == wanted, f"{len(data)} bytes, not {wanted}"


def safetensors(data):
    length, = struct.unpack_from("<Q", data, 0)
    header = json.loads(data[8:8 + length])
    end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    assert len(data) == 8 + length + end, "data"


def lines(data):
    assert data.endswith(b"\n"), "last line"
    for line in data.splitlines():
        json.loads(line)


READERS = {".nii": nifti, ".gz": lambda data: nifti(gzip.decompress(data)), ".json": json.loads, ".jsonl": lines,
           ".safetensors": safetensors, ".csv": lambda data: data.decode().index("\n")}
for folder in sys.argv[1:]:
    for file in sorted(pathlib.Path(folder).rglob("*")):
        if not file.is_file() or (file.name.startswith(".") and file.name.endswith(".tmp")):
            continue
        try:
            READERS[file.suffix](file.read_bytes())
        except Exception as problem:  # whatever it is, the file is not whole
            sys.exit(f"{file}: not whole: {problem!r}")
