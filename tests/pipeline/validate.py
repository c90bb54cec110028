"""Compares documents with JSON schemas: validate.py FOLDER <<<"VERB SCHEMA FILE...", lines of words.

Of each line: `obeys`, all files are valid by FOLDER/SCHEMA.schema.json, and an empty object is not; `refuses`, the file is
not valid. Starting Python once for all lines takes most of the time away. A .jsonl file holds a document a line, a .safetensors file one under "coopseg" in the metadata of its header, any other
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


def errors(validator, files):
    wrong = []
    for name in files:
        found = documents(name)
        if not found:
            wrong.append(f"{name}: holds no document")
        for number, document in enumerate(found, 1):
            for error in validator.iter_errors(document):
                place = "/".join(str(part) for part in error.absolute_path)
                wrong.append(f"{name}: document {number}: /{place}: {error.message[:500]}")
    return wrong


def main(folder, lines):
    validators, wrong = {}, []
    for line in lines:
        verb, name, *files = line.split()
        if name not in validators:
            with open(f"{folder}/{name}.schema.json", encoding="utf-8") as file:
                schema = json.load(file)
            jsonschema.Draft202012Validator.check_schema(schema)
            validators[name] = jsonschema.Draft202012Validator(schema)
        found = errors(validators[name], files)
        if verb == "obeys":
            wrong += found[:5]
            if validators[name].is_valid({}):
                wrong.append(f"{name} takes an empty object")
        elif verb == "refuses":
            if not found:
                wrong.append(f"{name} takes {' '.join(files)}")
        else:
            wrong.append(f"{verb} is no verb")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong or not validators else 0


sys.exit(main(sys.argv[1], sys.stdin))
