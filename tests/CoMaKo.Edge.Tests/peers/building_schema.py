"""Checks building files against their JSON Schema: a JSON list of YAML texts on stdin, a list of the first violation of each (or null) on stdout."""
import json
import sys

import jsonschema
import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    validator = jsonschema.Draft202012Validator(json.load(file))

answers = []
for text in json.load(sys.stdin):
    violation = next(validator.iter_errors(yaml.safe_load(text)), None)
    answers.append(None if violation is None else f"{violation.json_path}: {violation.message}")
json.dump(answers, sys.stdout)
