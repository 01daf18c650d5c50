#!/usr/bin/env python3
"""An independent settlement: Python's integers and fractions, its own calendar, its own largest remainder, nothing of the product.

Writes one JSON file per scenario into the folder given: the input and what it must come to. The files are committed beside the tests;
a test runs this script again and compares, so that neither can change alone.

    python3 settle.py golden
"""
import datetime as dt
import json
import pathlib
import sys
from fractions import Fraction
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
CENT = 10_000_000  # Wh x 1/10 000 ct per kWh in one cent
BILLABLE = "MSC"   # measured, substituted, corrected
PRESENT = "MSCP"   # and preliminary


# ---- calendar --------------------------------------------------------------------------------------------------------------------------

def midnight(day):
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=BERLIN).timestamp())


def slots(day):
    """Begin of each quarter hour of a Berlin day, Unix seconds."""
    return list(range(midnight(day), midnight(day + dt.timedelta(1)), 900))


def days(first, end):
    while first < end:
        yield first
        first += dt.timedelta(1)


# ---- rules -----------------------------------------------------------------------------------------------------------------------------

def largest_remainder(total, weights):
    """weights: {id: number}. Whole units; leftovers to the largest fractions, ties to the smaller id."""
    whole = sum(weights.values())
    if whole == 0:
        return {name: 0 for name in weights}
    exact = {name: Fraction(total * weight, whole) for name, weight in weights.items()}
    shares = {name: value.numerator // value.denominator for name, value in exact.items()}
    left = total - sum(shares.values())
    for name in sorted(weights, key=lambda n: (-(exact[n] - shares[n]), n))[:left]:
        shares[name] += 1
    return shares


def allocate(method, generation, demand, weights):
    if method == "static":
        quota = largest_remainder(generation, {n: weights[n] for n in demand})
        return {n: min(quota[n], demand[n]) for n in demand}
    if method == "dynamic":
        return largest_remainder(min(generation, sum(demand.values())), demand)
    given = {n: 0 for n in demand}
    rest = generation
    if method == "ranked":
        for rank in sorted(set(weights[n] for n in demand)):
            members = {n: demand[n] for n in demand if weights[n] == rank}
            part = min(rest, sum(members.values()))
            given.update(largest_remainder(part, members))
            rest -= part
        return given
    while rest:
        open_ = {n: weights[n] for n in demand if weights[n] > 0 and given[n] < demand[n]}
        if not open_:
            break
        for n, quota in largest_remainder(rest, open_).items():
            taken = min(quota, demand[n] - given[n])
            given[n] += taken
            rest -= taken
    return given


def round_half_away(parts):
    quotient = Fraction(abs(parts), CENT) + Fraction(1, 2)
    cents = quotient.numerator // quotient.denominator
    return cents if parts >= 0 else -cents


def valid(versions, day):
    found = None
    for version in versions:
        if version.get("from") is None or dt.date.fromisoformat(version["from"]) <= day:
            found = version
    return found


def members(scenario, day):
    return sorted({m["point"] for m in scenario["memberships"]
                   if dt.date.fromisoformat(m["from"]) <= day and (m.get("to") is None or dt.date.fromisoformat(m["to"]) > day)})


def keys_fit(key, consumers):
    if key["method"] == "dynamic" or not consumers:
        return True
    if any(n not in key["weights"] for n in consumers):
        return False
    if key["method"] == "ranked":
        return True
    return sum(key["weights"][n] for n in consumers) == 1_000_000 and all(n in consumers or w == 0 for n, w in key["weights"].items())


# ---- settlement ------------------------------------------------------------------------------------------------------------------------

FIGURES = ("used", "generated", "allocated", "credited", "grid", "surplus")


def settle(scenario):
    first, end = (dt.date.fromisoformat(scenario[n]) for n in ("from", "to"))
    directions = {p["id"]: p["directions"] for p in scenario["points"]}
    curves = {(s["point"], s["direction"], s["day"]): s for s in scenario["series"]}
    figures, bases, open_slots, expected = {}, {}, [], 0
    for day in days(first, end):
        who = members(scenario, day)
        consumers = [n for n in who if directions[n] in ("consumption", "both")]
        producers = [n for n in who if directions[n] in ("generation", "both")]
        key, price = valid(scenario["keys"], day), valid(scenario["prices"], day)
        blocked = key is None or price is None or not keys_fit(key, consumers)
        times = slots(day)
        expected += len(times) if who else 0
        series = [(n, "consumption") for n in consumers] + [(n, "generation") for n in producers]
        for n in who:
            figures.setdefault(n, {}).setdefault(day.isoformat(), dict.fromkeys(FIGURES, 0))
        for index, time in enumerate(times):
            values, missing = {}, []
            for n, direction in series:
                curve = curves.get((n, direction, day.isoformat()))
                status = curve["status"][index] if curve else "."
                if status in PRESENT:
                    values[n, direction] = curve["wh"][index]
                    figures[n][day.isoformat()]["used" if direction == "consumption" else "generated"] += curve["wh"][index]
                if status not in BILLABLE:
                    missing.append(n)
            if missing:
                open_slots.append([time, 1, len(missing), min(missing)])
                continue
            if not who:
                continue
            if blocked:
                open_slots.append([time, 2, 0, None])
                continue
            demand = {n: values[n, "consumption"] for n in consumers}
            supply = {n: values[n, "generation"] for n in producers}
            given = allocate(key["method"], sum(supply.values()), demand, key["weights"])
            credited = largest_remainder(sum(given.values()), supply)
            since = max(first, dt.date.fromisoformat(price["from"])) if price.get("from") else first
            for n in consumers:
                figure = figures[n][day.isoformat()]
                figure["allocated"] += given[n]
                figure["grid"] += demand[n] - given[n]
                bases.setdefault(("debit", since), {}).setdefault(n, 0)
                bases["debit", since][n] += given[n]
            for n in producers:
                figure = figures[n][day.isoformat()]
                figure["credited"] += credited[n]
                figure["surplus"] += supply[n] - credited[n]
                for side, wh in (("credit", credited[n]), ("surplus", supply[n] - credited[n])):
                    bases.setdefault((side, since), {}).setdefault(n, 0)
                    bases[side, since][n] += wh
    return {
        "expected_slots": expected,
        "settled_slots": expected - len(open_slots),
        "open_slots": open_slots,
        "days": {n: {day: [f[name] for name in FIGURES] for day, f in sorted(per.items())} for n, per in sorted(figures.items())},
        "lines": lines(scenario, first, end, bases),
    }


def lines(scenario, first, end, bases):
    """[kind, point, from, to, Wh, price, cents]; cents above zero are owed to the cooperative."""
    result = []
    begins = sorted({max(first, dt.date.fromisoformat(p["from"])) if p.get("from") else first for p in scenario["prices"]} | {end})
    for (side, since), wh in bases.items():
        price = valid(scenario["prices"], since)
        to = min(b for b in begins if b > since)
        span = (since.isoformat(), to.isoformat())
        if side == "surplus":
            if price.get("surplus") is not None:
                result += [[4, n, *span, w, price["surplus"], -round_half_away(w * price["surplus"])] for n, w in wh.items() if w]
            continue
        cents = largest_remainder(round_half_away(sum(wh.values()) * price["internal"]), wh)
        kind, sign = (1, 1) if side == "debit" else (2, -1)
        result += [[kind, n, *span, w, price["internal"], sign * cents[n]] for n, w in wh.items() if w]
        if side == "credit" and price.get("fee"):
            result += [[3, n, *span, w, price["fee"], round_half_away(w * price["fee"])] for n, w in wh.items() if w]
    return sorted(result, key=lambda line: (line[0], line[1], line[2]))


def delta(fresh, published):
    """Fresh minus the sum of all that was published, by kind, point and begin."""
    before = {}
    for line in published:
        known = before.setdefault((line[0], line[1], line[2]), [0, 0, line])
        known[0] += line[4]
        known[1] += line[6]
        known[2] = line
    result = []
    for line in fresh:
        wh, cents, _ = before.pop((line[0], line[1], line[2]), [0, 0, None])
        if wh != line[4] or cents != line[6]:
            result.append(line[:4] + [line[4] - wh, line[5], line[6] - cents])
    result += [line[:4] + [-wh, line[5], -cents] for wh, cents, line in before.values() if wh or cents]
    return sorted(result, key=lambda line: (line[0], line[1], line[2]))


# ---- scenarios -------------------------------------------------------------------------------------------------------------------------

class Dice:
    """A linear congruential generator, so that the scenarios depend on no library's random numbers."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        return (self.state >> 33) % bound


def curve(dice, point, direction, day, largest):
    times = slots(day)
    if direction == "generation":
        def value(t):
            hour = dt.datetime.fromtimestamp(t, BERLIN).hour
            return dice.below(largest) if 6 <= hour < 20 else 0
    else:
        def value(t):
            return 20 + dice.below(largest)
    return {"point": point, "direction": direction, "day": day.isoformat(), "wh": [value(t) for t in times], "status": "M" * len(times)}


def scenario(name, first, end, seed, points, keys, prices, memberships=None, scale=400):
    dice = Dice(seed)
    first, end = dt.date.fromisoformat(first), dt.date.fromisoformat(end)
    result = {
        "name": name, "from": first.isoformat(), "to": end.isoformat(),
        "points": [{"id": n, "directions": d} for n, d in points.items()],
        "memberships": memberships or [{"point": n, "from": "2020-01-01"} for n in points],
        "keys": keys, "prices": prices, "series": [],
    }
    for day in days(first, end):
        for n, d in points.items():
            if d in ("consumption", "both"):
                result["series"].append(curve(dice, n, "consumption", day, scale))
            if d in ("generation", "both"):
                result["series"].append(curve(dice, n, "generation", day, 3 * scale))
    return result


def put(case, point, direction, day, index, status, wh=0):
    for s in case["series"]:
        if (s["point"], s["direction"], s["day"]) == (point, direction, day):
            s["wh"][index] = wh
            s["status"] = s["status"][:index] + status + s["status"][index + 1:]


def change_day(name, first, end, seed, key):
    points = {"ZP001": "consumption", "ZP002": "consumption", "ZP003": "both", "ZP900": "generation"}
    return scenario(name, first, end, seed, points, [key], [{"internal": 100_000}])


def missing_slots():
    points = {"B1": "consumption", "B2": "consumption", "B3": "consumption", "P1": "generation", "P2": "generation"}
    case = scenario("missing-slots", "2026-06-05", "2026-06-09", 11, points,
                    [{"method": "static", "weights": {"B1": 333_334, "B2": 333_333, "B3": 333_333}}], [{"internal": 100_000, "surplus": 77_300}])
    put(case, "B1", "consumption", "2026-06-05", 40, ".")
    put(case, "B2", "consumption", "2026-06-05", 40, ".")
    put(case, "P1", "generation", "2026-06-05", 41, "F", 999)
    put(case, "B2", "consumption", "2026-06-05", 42, "P", 123)
    put(case, "B3", "consumption", "2026-06-05", 43, "S", 77)
    put(case, "P2", "generation", "2026-06-05", 44, "C", 1234)
    case["series"] = [s for s in case["series"] if (s["point"], s["day"]) != ("P2", "2026-06-07")]  # a day that never came
    return case


def key_change():
    points = {"K1": "consumption", "K2": "consumption", "K3": "consumption", "K4": "both", "G1": "generation", "G2": "generation"}
    memberships = [
        {"point": "K1", "from": "2020-01-01"}, {"point": "K2", "from": "2020-01-01", "to": "2026-11-11"},
        {"point": "K3", "from": "2026-11-11", "to": "2026-11-28"}, {"point": "K4", "from": "2020-01-01"},
        {"point": "G1", "from": "2020-01-01"}, {"point": "G2", "from": "2026-11-05", "to": "2026-11-25"},
        {"point": "K2", "from": "2026-11-21"},
    ]
    keys = [
        {"method": "static", "weights": {"K1": 500_000, "K2": 300_000, "K4": 200_000}},
        {"from": "2026-11-11", "method": "static_redistributed", "weights": {"K1": 600_001, "K3": 399_999, "K4": 0}},
        {"from": "2026-11-21", "method": "ranked", "weights": {"K1": 2, "K2": 1, "K3": 1, "K4": 2}},
        {"from": "2026-11-26", "method": "static", "weights": {"K1": 250_000, "K2": 250_000, "K3": 250_000, "K4": 250_000}},
    ]  # K3 leaves on the 28th without a new version: three days stay open
    prices = [{"internal": 100_000, "fee": 5_000, "surplus": 81_100}, {"from": "2026-11-16", "internal": 112_345, "surplus": 64_321}]
    return scenario("key-change", "2026-11-01", "2026-12-01", 12, points, keys, prices, memberships, 300)


def corrections():
    points = {"C1": "consumption", "C2": "consumption", "C3": "both", "C9": "generation"}
    case = scenario("corrections", "2026-09-10", "2026-09-13", 13, points, [{"method": "dynamic", "weights": {}}], [{"internal": 100_000, "fee": 3_333}])
    put(case, "C1", "consumption", "2026-09-11", 50, ".")
    steps = [
        [["put", "C1", "consumption", "2026-09-11", 50, "S", 210]],
        [["put", "C9", "generation", "2026-09-10", 48, "C", 5], ["put", "C3", "generation", "2026-09-12", 52, "C", 0]],
        [["price", {"from": "2026-09-12", "internal": 90_000}]],
        [["put", "C2", "consumption", "2026-09-12", 10, "F", 1]],
        [["price", None]],
    ]
    return case, steps


def with_deltas(case, steps):
    """Expected: the final run, then per step the lines of its delta. Only the steps are told to the product."""
    final = settle(case)
    published, deltas = list(final["lines"]), []
    work = json.loads(json.dumps(case))
    for step in steps:
        for change in step:
            if change[0] == "put":
                put(work, *change[1:])
            elif change[1] is None:
                work["prices"].pop()
            else:
                work["prices"].append(change[1])
        lines_ = delta(settle(work)["lines"], published)
        published += lines_
        deltas.append(lines_)
    return dict(case, expected=final, steps=steps, deltas=deltas)


def meter_swap():
    """A register read at each quarter hour. The truth is made first, the readings from it: the curve must be the truth again.

    Day one: meter 1 from 4 711 Wh on. In slot 50 meter 1 ends at 20 Wh into the slot and meter 2 begins at 3 Wh. On day two the gateway
    restarts (the register goes on), then it is down for six slots: their sum is known, their values are not.
    """
    dice = Dice(14)
    first = dt.date(2026, 5, 4)
    times = slots(first) + slots(first + dt.timedelta(1))
    truth = [30 + dice.below(300) for _ in times]
    swap, restart, down = 50, 96 + 20, range(96 + 60, 96 + 66)
    begin_us = (times[0] - 90 * 86_400) * 1_000_000
    swap_us = (times[swap] + 420) * 1_000_000
    restart_us = (times[restart] + 100) * 1_000_000
    total, totals = 4_711, []
    totals.append([times[0], begin_us, total])
    for index, time in enumerate(times):
        segment = begin_us if index < swap else swap_us if index < restart else restart_us
        if index == swap:
            closing = total + 20
            total = 3 + truth[index] - 20
        else:
            total += truth[index]
        if index not in down[:-1]:
            totals.append([time + 900, segment, total])
    segments = [
        {"segment": begin_us, "opened": begin_us, "opening": 0, "reason": "commissioned", "closed": swap_us, "closing": closing},
        {"segment": swap_us, "opened": swap_us, "opening": 3, "reason": "meter_swapped"},
        {"segment": restart_us, "opened": restart_us, "opening": [t for t in totals if t[1] == swap_us][-1][2], "reason": "resumed"},
    ]
    case = scenario("meter-swap", "2026-05-04", "2026-05-06", 15, {"M1": "consumption", "M2": "consumption", "PV": "generation"},
                    [{"method": "dynamic", "weights": {}}], [{"internal": 100_000}])
    for number, day in enumerate(days(first, first + dt.timedelta(2))):
        part = truth[96 * number:96 * number + 96]
        gaps = {i - 96 * number for i in down}
        for s in case["series"]:
            if (s["point"], s["day"]) == ("M1", day.isoformat()):
                s["wh"] = [0 if i in gaps else v for i, v in enumerate(part)]
                s["status"] = "".join("." if i in gaps else "M" for i in range(96))
    case["register"] = {
        "point": "M1", "direction": "consumption", "segments": segments, "totals": totals,
        "gap": {"from": times[down[0]], "to": times[down[-1]] + 900, "wh": sum(truth[i] for i in down)},
    }
    case["registers"] = two_meters(case, times)
    return case


def two_meters(case, times):
    """M2 gets a new meter on the second day: another register, with an identity of its own. Its curve is what M2 used, from both."""
    truth = [wh for s in case["series"] if s["point"] == "M2" for wh in s["wh"]]
    swap, part = 96 + 37, truth[96 + 37] // 3
    begin_us, swap_us, next_us = (times[0] - 30 * 86_400) * 1_000_000, (times[swap] + 300) * 1_000_000, (times[swap] + 560) * 1_000_000
    total, old = 88_000, [[times[0], begin_us, 88_000]]
    for index in range(swap):
        total += truth[index]
        old.append([times[index] + 900, begin_us, total])
    new, level = [], 17 + truth[swap] - part
    for index in range(swap, len(times)):
        level += truth[index] if index > swap else 0
        new.append([times[index] + 900, next_us, level])
    return [
        {"segments": [{"segment": begin_us, "opened": begin_us, "opening": 0, "reason": "commissioned", "closed": swap_us, "closing": total + part}], "totals": old},
        {"segments": [{"segment": next_us, "opened": next_us, "opening": 17, "reason": "meter_swapped"}], "totals": new},
    ]


def worked_example():
    """Section 9 of the domain reference."""
    points = {"A": "consumption", "B": "consumption", "C": "consumption", "PV": "generation"}
    case = scenario("worked-example", "2026-07-01", "2026-07-02", 1, points,
                    [{"method": "static", "weights": {"A": 500_000, "B": 300_000, "C": 200_000}}], [{"internal": 100_000}])
    for s in case["series"]:
        noon, evening = {"A": (600, 500), "B": (900, 800), "C": (300, 400), "PV": (2000, 700)}[s["point"]]
        s["wh"] = [noon if i == 48 else evening if i == 72 else 0 for i in range(96)]
    return case


def main(folder):
    cases = [
        change_day("change-day-100", "2026-10-24", "2026-10-27", 9, {"method": "dynamic", "weights": {}}),
        change_day("change-day-92", "2027-03-27", "2027-03-30", 10,
                   {"method": "static_redistributed", "weights": {"ZP001": 500_000, "ZP002": 499_999, "ZP003": 1}}),
        missing_slots(), key_change(), meter_swap(), worked_example(),
    ]
    results = [dict(case, expected=settle(case)) for case in cases] + [with_deltas(*corrections())]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        (folder / f"{result['name']}.json").write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
