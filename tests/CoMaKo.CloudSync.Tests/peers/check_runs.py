#!/usr/bin/env python3
"""Checks stored settlement runs against an independent settlement (CoMaKo.Settlement.Tests/peers/settle.py) of the same input.

Reads one JSON file: a list of months, each with the scenario and its runs in order of their sequence. Prints what is wrong; exit code 1 if anything is.

    python3 check_runs.py FILE
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "CoMaKo.Settlement.Tests" / "peers"))
import settle  # noqa: E402


def problems(month):
    runs, name = month["runs"], month["scenario"]["from"]
    expected = settle.settle(month["scenario"])
    if [run["sequence"] for run in runs] != list(range(1, len(runs) + 1)):
        yield f"{name}: sequences {[run['sequence'] for run in runs]}"
    if [run["kind"] for run in runs] != [2] + [3] * (len(runs) - 1):
        yield f"{name}: kinds {[run['kind'] for run in runs]}"
    if any(not run["published"] for run in runs[:-1]):
        yield f"{name}: an unpublished run before another one"
    sums = {}
    for run in runs:
        for begin in {line[2] for line in run["lines"]}:
            balance = sum(line[6] for line in run["lines"] if line[2] == begin and line[0] in (1, 2))
            if balance:
                yield f"{name}.{run['sequence']}: shared energy is off by {balance} ct"
        for kind, point, begin, _, wh, _, cents in run["lines"]:
            known = sums.setdefault((kind, point, begin), [0, 0])
            known[0] += wh
            known[1] += cents
    stored = {key: value for key, value in sums.items() if value != [0, 0]}
    fresh = {(line[0], line[1], line[2]): [line[4], line[6]] for line in expected["lines"]}
    for key in sorted(stored.keys() | fresh.keys()):
        if stored.get(key) != fresh.get(key):
            yield f"{name}: line {key} is {stored.get(key)} instead of {fresh.get(key)}"
    days = {point: {day: figures for day, figures in per.items() if any(figures)} for point, per in expected["days"].items()}
    if month["days"] != {point: per for point, per in days.items() if per}:
        yield f"{name}: days differ"


def main(path):
    months = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    found = [problem for month in months for problem in problems(month)]
    for problem in found[:50]:
        print(problem)
    print(f"{len(months)} months, {sum(len(month['runs']) for month in months)} runs, {len(found)} problems")
    return 1 if found or not months else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
