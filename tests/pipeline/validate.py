"""Compares documents with a JSON schema: validate.py SCHEMA FILE...

A .jsonl file holds a document a line, a .safetensors file one under "coopseg" in the metadata of its header, any other
file is one document. Says what is wrong where, and ends with 1; also if a file holds no document at all.
"""
import json
import struct
import sys

import jsonschema


def documents(name):
    if name.endswith(".safetensors"):
        with open(name, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        return [json.loads(header["__metadata__"]["coopseg"])]
    with open(name, encoding="utf-8") as file:
        text = file.read()
    return [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else [json.loads(text)]


def main(schema_file, files):
    with open(schema_file, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = []
    for name in files:
        found = documents(name)
        if not found:
            wrong.append(f"{name}: holds no document")
        for number, document in enumerate(found, 1):
            for error in validator.iter_errors(document):
                place = "/".join(str(part) for part in error.absolute_path)
                wrong.append(f"{name}: document {number}: /{place}: {error.message[:500]}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
