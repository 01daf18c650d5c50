#!/usr/bin/env python3
"""Checks an evidence file (comako.evidence.1) of a final run without any code of the product: its frame, the chains of its batches, and by an independent
settlement (CoMaKo.Settlement.Tests/peers/settle.py) the lines of its statement. Tax and balancing lines are not recomputed.

    python3 check_evidence.py EVIDENCE
"""
import base64
import datetime as dt
import hashlib
import json
import pathlib
import struct
import sys
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "CoMaKo.Settlement.Tests" / "peers"))
import settle  # noqa: E402

RANK = ["operator_decision", "meter_operator", "gateway", "operator_import", "member_reading", "substitute"]
KINDS = {"shared_energy": 1, "shared_generation": 2, "fee": 3, "surplus": 4}
ABSENT, CONFLICT, FAULT, COARSE = -2**31, 16, 17, 4
LETTERS = ".PMSCF"


def read(path):
    """The parts, and what is wrong with the frame."""
    data = pathlib.Path(path).read_bytes()
    lines = data.split(b"\n")
    assert lines[0] == b"comako.evidence.1" and lines[-1] == b"", "frame"
    parts = []
    for line in lines[1:-2]:
        check, text = line.split(b" ", 1)
        assert check.decode() == hashlib.sha256(text).hexdigest()[:16], f"check of {text[:60]}"
        parts.append(json.loads(text))
    body = data[:len(data) - len(lines[-2]) - 1]
    assert lines[-2].decode() == f"end {len(parts)} {hashlib.sha256(body).hexdigest()}", "end"
    return parts


def check_chain(batch):
    chain = bytes.fromhex(batch["chain_before"])
    for record in batch["records"]:
        identity = bytes.fromhex(record[7:]) if record.startswith("sha256:") else hashlib.sha256(base64.b64decode(record)).digest()
        chain = hashlib.sha256(chain + identity).digest()
    assert chain.hex() == batch["chain_after"], f"chain of batch {batch['from_sequence']}"


def values(packed):
    raw = base64.b64decode(packed)
    return [None if wh < 0 else wh for wh in struct.unpack(f">{len(raw) // 4}i", raw)]


def chosen(curves):
    """Value and status letter per slot, by source rank."""
    newest = {}
    for curve in sorted(curves, key=lambda c: c["version"]):
        newest[curve["source"]] = curve
    whs, letters = [], []
    for i in range(len(values(curves[0]["wh"]))):
        wh, letter = 0, "."
        for source in RANK:
            curve = newest.get(source)
            if curve is None:
                continue
            value, quality = values(curve["wh"])[i], base64.b64decode(curve["quality"])[i]
            if value is None and quality not in (CONFLICT, FAULT):
                continue
            if value is not None:
                method = base64.b64decode(curve["method"])[i] if curve.get("method") else 0
                wh = value
                letter = "C" if source == RANK[0] else "P" if method in (1, 6) or quality == COARSE else "S" if method or source in RANK[4:] else "M"
            break
        whs.append(wh)
        letters.append(letter)
    return whs, "".join(letters)


def series(parts, confirmed):
    curves = {}
    for part in parts:
        if part["part"] == "curve":
            curves.setdefault((part["point"], part["direction"], part["day"]), []).append(part)
    for part in parts:
        if part["part"] == "day":
            wh, status = chosen(curves[(part["point"], part["direction"], part["day"])])
        elif part["part"] == "other":
            wh = [value or 0 for value in values(part["wh"])]
            status = "".join(LETTERS[state] for state in base64.b64decode(part["status"]))
        else:
            continue
        if confirmed:
            wh, status = [0 if s in ".F" else w for w, s in zip(wh, status)], "".join("S" if s in ".FP" else s for s in status)
        yield {"point": part["point"], "direction": part["direction"], "day": part["day"], "wh": wh, "status": status}


def confirmed_rest(terms, have):
    first, end = dt.date.fromisoformat(terms["from"]), dt.date.fromisoformat(terms["to"])
    for point in terms["points"]:
        for direction in ("consumption", "generation"):
            if point["directions"] not in (direction, "both"):
                continue
            for day in settle.days(first, end):
                if (point["id"], direction, day.isoformat()) not in have:
                    count = len(settle.slots(day))
                    yield {"point": point["id"], "direction": direction, "day": day.isoformat(), "wh": [0] * count, "status": "S" * count}


def main(path):
    parts = read(path)
    batches = [part for part in parts if part["part"] == "batch"]
    for batch in batches:
        check_chain(batch)
    head = next(part for part in parts if part["part"] == "statement")
    terms = next(part for part in parts if part["part"] == "terms")["terms"]
    own = {part["point"]: part["id"] for part in parts if part["part"] == "own"}
    scenario = {name: terms[name] for name in ("from", "to", "points", "memberships", "keys", "prices")}
    scenario["series"] = list(series(parts, terms["is_confirmed"]))
    if terms["is_confirmed"]:
        scenario["series"] += list(confirmed_rest(terms, {(s["point"], s["direction"], s["day"]) for s in scenario["series"]}))
    result = settle.settle(scenario)
    expected = [[line[0], own[line[1]], line[2], line[4], line[6]] for line in result["lines"] if line[1] in own]
    document = json.loads(head["document"], parse_float=Decimal)
    told = [[KINDS[line["kind"]], line["point"], line["from"], int(line["kwh"] * 1000), int(line["amount_eur"] * 100)] for line in document["lines"] if line["kind"] in KINDS]
    assert sorted(told) == sorted(expected), f"the statement says {told}, the evidence comes to {expected}"
    assert sum(Decimal(line["amount_eur"]) for line in document["lines"]) == document["amount_eur"], "the lines do not sum to the amount"
    print(f"{head['number']}: {len(batches)} batches, {len(told)} lines as stated")


if __name__ == "__main__":
    main(sys.argv[1])
