"""Rows of a CSV file as JSON, by Python's own reader: rows_of_csv.py SEPARATOR DECIMAL NUMBER_COLUMNS < file

Empty cells are left out; columns that are named as numbers become numbers; an apostrophe before a formula sign is taken off.
"""
import csv
import decimal
import io
import json
import re
import sys


def value(name, cell, point, numbers):
    if name in numbers:
        return float(decimal.Decimal(cell.replace(point, ".")))
    if cell in ("true", "false"):
        return cell == "true"
    return re.sub(r"^'(?='*[=+\-@\t\r])", "", cell)


separator, point, numbers = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
text = io.StringIO(sys.stdin.buffer.read().decode("utf-8"), newline="")
rows = csv.DictReader(text, delimiter=separator, strict=True)
json.dump([{name: value(name, cell, point, numbers) for name, cell in row.items() if cell != ""} for row in rows], sys.stdout)
