"""Solves planning problems with HiGHS and checks schedules, from the equations of the model alone.

usage: dispatch_oracle.py < problems > answers        one JSON object per line in both directions
A problem carries its penalties (EUR/kWh beyond a cap, outside the window, short of a goal) and may carry a schedule.
Answer: {"lp": optimum of the linear programme, "burn": kW charged and discharged at once in it,
         "milp": optimum with at most one direction of battery and grid in a step (only if "exact" asks for it or the linear programme burns),
         "outside": with "strict", least sum of the energies outside the window over all steps with caps that are kept; absent if they cannot be
                    ("milp" is then the optimum among the plans that reach it),
         "violation": largest breach of an equation or hard limit by the schedule, "cost": its money, "penalty": its penalties, "seconds": time in HiGHS}
"""
import json
import sys
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_matrix

INF = float("inf")
TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


class Model:
    """Columns and rows of min c x, A x (= or <=) b, collected sparsely."""

    def __init__(self):
        self.cost, self.low, self.high, self.integer = [], [], [], []
        self.rows, self.cols, self.data, self.left, self.right = [], [], [], [], []

    def column(self, cost=0.0, low=0.0, high=INF, integer=0):
        self.cost.append(cost), self.low.append(low), self.high.append(high), self.integer.append(integer)
        return len(self.cost) - 1

    def row(self, terms, left, right):
        for col, value in terms:
            self.rows.append(len(self.left)), self.cols.append(col), self.data.append(value)
        self.left.append(left), self.right.append(right)

    def solve(self, fixed=None):
        a = coo_matrix((self.data, (self.rows, self.cols)), (len(self.left), len(self.cost))).tocsr()
        left, right = np.array(self.left), np.array(self.right)
        equal = left == right
        low, high = np.array(self.low), np.array(self.high)
        if fixed is not None:
            whole = np.array(self.integer) == 1
            low[whole] = high[whole] = np.round(fixed[whole])
        start = time.perf_counter()
        answer = linprog(self.cost, A_ub=a[~equal] if (~equal).any() else None, b_ub=right[~equal] if (~equal).any() else None,
                         A_eq=a[equal], b_eq=right[equal], bounds=np.stack([low, high], 1), method="highs-ds", options=TIGHT)
        seconds = time.perf_counter() - start
        if answer.status != 0:
            raise RuntimeError(answer.message)
        return answer, seconds

    def solve_whole(self):
        a = coo_matrix((self.data, (self.rows, self.cols)), (len(self.left), len(self.cost))).tocsr()
        # Nothing is infeasible here, since every limit has its slack; but the presolve of some versions claims so.
        for presolve in (True, False):
            answer = milp(self.cost, integrality=self.integer, bounds=Bounds(self.low, self.high), constraints=LinearConstraint(a, self.left, self.right),
                          options={"mip_rel_gap": 0, "time_limit": 120, "presolve": presolve})
            if answer.status == 0:
                break
        else:
            raise RuntimeError(answer.message)
        # The search works with loose tolerances; with the directions fixed the tight linear programme gives the last digits.
        # A direction chosen for a flow of a millionth of a kW may be the wrong one for the tight programme: then the loose digits stay.
        try:
            return self.solve(fixed=answer.x)[0].fun
        except RuntimeError:
            return answer.fun


def value(series, t, default):
    return default if series is None else series[t]


def build(p, directions, strict=False):
    b, m = p["battery"], Model()
    capacity, stored_before, columns = max(b["eMax"], b["e0"]), None, []
    peak = m.column(p["demand"]["price"]) if p.get("demand") else None
    for t, h in enumerate(p["stepHours"]):
        net = p["load"][t] - p["pv"][t]
        p_charge = min(b["pCharge"], value(p.get("chargeMax"), t, INF))
        p_discharge = min(b["pDischarge"], value(p.get("dischargeMax"), t, INF))
        coop_import, coop_export = p.get("coopImport"), p.get("coopExport")
        import_max, export_max = value(p.get("gridImportMax"), t, INF), value(p.get("gridExportMax"), t, INF)
        x = {
            "import_coop": m.column(h * coop_import["price"][t], high=coop_import["power"][t]) if coop_import else m.column(high=0),
            "import_supplier": m.column(h * p["importPrice"][t]),
            "export_coop": m.column(-h * coop_export["price"][t], high=coop_export["power"][t]) if coop_export else m.column(high=0),
            "export_feed": m.column(-h * p["exportPrice"][t]),
            "over_import": m.column(h * p["penalties"]["grid"], high=0 if strict else INF),
            "over_export": m.column(h * p["penalties"]["grid"], high=0 if strict else INF),
            "curtailed": m.column(high=min(value(p.get("curtailableMax"), t, 0.0), p["pv"][t])),
            "charge": m.column(high=p_charge),
            "discharge": m.column(h * b["wear"], high=p_discharge),
            "stored": m.column(high=capacity),
            "below": m.column(0 if strict else p["penalties"]["window"]),
            "above": m.column(0 if strict else p["penalties"]["window"]),
            "short": m.column(p["penalties"]["goal"]),
            "beyond": m.column(p["penalties"]["goal"]),
        }
        columns.append(x)
        m.row([(x["import_coop"], 1), (x["import_supplier"], 1), (x["export_coop"], -1), (x["export_feed"], -1),
               (x["curtailed"], -1), (x["charge"], -1), (x["discharge"], 1)], net, net)
        kept = 1 - b["selfDischarge"] * h
        storage = [(x["stored"], 1), (x["charge"], -b["etaCharge"] * h), (x["discharge"], h / b["etaDischarge"])]
        if stored_before is None:
            m.row(storage, kept * b["e0"], kept * b["e0"])
        else:
            m.row(storage + [(stored_before, -kept)], 0, 0)
        stored_before = x["stored"]
        if import_max < INF:
            m.row([(x["import_coop"], 1), (x["import_supplier"], 1), (x["over_import"], -1)], -INF, import_max)
        if export_max < INF:
            m.row([(x["export_coop"], 1), (x["export_feed"], 1), (x["over_export"], -1)], -INF, export_max)
        if peak is not None:
            m.row([(x["import_coop"], 1), (x["import_supplier"], 1), (peak, -1)], -INF, p["demand"]["free"])
        m.row([(x["stored"], -1), (x["below"], -1)], -INF, -b["eMin"])
        m.row([(x["stored"], 1), (x["above"], -1)], -INF, b["eMax"])
        low, high = value(p.get("storedMin"), t, 0.0), value(p.get("storedMax"), t, INF)
        if low > b["eMin"]:
            m.row([(x["stored"], -1), (x["short"], -1)], -INF, -min(low, capacity))
        if high < b["eMax"]:
            m.row([(x["stored"], 1), (x["beyond"], -1)], -INF, max(0.0, high))
        if directions:
            most = abs(net) + p_charge + p_discharge + p["pv"][t] + 1
            battery, grid = m.column(high=1, integer=1), m.column(high=1, integer=1)
            m.row([(x["charge"], 1), (battery, -p_charge)], -INF, 0)
            m.row([(x["discharge"], 1), (battery, p_discharge)], -INF, p_discharge)
            m.row([(x["import_coop"], 1), (x["import_supplier"], 1), (grid, -most)], -INF, 0)
            m.row([(x["export_coop"], 1), (x["export_feed"], 1), (grid, most)], -INF, most)
    end = p.get("terminalAbove")
    if end is None:
        m.cost[stored_before] -= b["terminalValue"]
    else:
        lower, upper = m.column(-b["terminalValue"], high=min(end["stored"], capacity)), m.column(-end["value"])
        m.row([(stored_before, 1), (lower, -1), (upper, -1)], 0, 0)
    return m, columns


def check(p, s):
    """Largest violation, money and penalties of a schedule, by the definitions of the model."""
    b, worst, cost, penalty, stored = p["battery"], 0.0, 0.0, 0.0, p["battery"]["e0"]
    fine = p["penalties"]
    for t, h in enumerate(p["stepHours"]):
        bought, sold, charge, discharge = s["gridImport"][t], s["gridExport"][t], s["charge"][t], s["discharge"][t]
        curtailed, after = s["curtailed"][t], s["soc"][t]
        worst = max(worst, abs(bought - sold + p["pv"][t] - curtailed + discharge - charge - p["load"][t]),
                    abs(after - stored * (1 - b["selfDischarge"] * h) - h * b["etaCharge"] * charge + h * discharge / b["etaDischarge"]),
                    min(charge, discharge), min(bought, sold), -min(bought, sold, charge, discharge, curtailed, after),
                    charge - min(b["pCharge"], value(p.get("chargeMax"), t, INF)), discharge - min(b["pDischarge"], value(p.get("dischargeMax"), t, INF)),
                    curtailed - min(value(p.get("curtailableMax"), t, 0.0), p["pv"][t]), after - max(b["eMax"], b["e0"]))
        coop_import, coop_export = p.get("coopImport"), p.get("coopExport")
        shared_in = min(bought, coop_import["power"][t]) if coop_import and coop_import["price"][t] <= p["importPrice"][t] else 0.0
        shared_out = min(sold, coop_export["power"][t]) if coop_export and coop_export["price"][t] >= p["exportPrice"][t] else 0.0
        cost += h * (p["importPrice"][t] * (bought - shared_in) - p["exportPrice"][t] * (sold - shared_out) + b["wear"] * discharge)
        cost += h * shared_in * coop_import["price"][t] if coop_import else 0.0
        cost -= h * shared_out * coop_export["price"][t] if coop_export else 0.0
        penalty += h * fine["grid"] * (max(0.0, bought - value(p.get("gridImportMax"), t, INF)) + max(0.0, sold - value(p.get("gridExportMax"), t, INF)))
        penalty += fine["window"] * (max(0.0, b["eMin"] - after) + max(0.0, after - b["eMax"]))
        low, high = value(p.get("storedMin"), t, 0.0), value(p.get("storedMax"), t, INF)
        if low > b["eMin"]:
            penalty += fine["goal"] * max(0.0, min(low, max(b["eMax"], b["e0"])) - after)
        if high < b["eMax"]:
            penalty += fine["goal"] * max(0.0, after - max(0.0, high))
        stored = after
    end = p.get("terminalAbove")
    knee = end["stored"] if end else INF
    cost -= b["terminalValue"] * min(stored, knee) + (end["value"] * max(0.0, stored - knee) if end else 0.0)
    if p.get("demand"):
        cost += p["demand"]["price"] * max(0.0, max(s["gridImport"]) - p["demand"]["free"])
    return worst, cost, penalty


def solve_strictly(problem):
    """Caps first, then the way back into the window, then money."""
    model, columns = build(problem, directions=True, strict=True)
    outside = [(x[name], 1) for x in columns for name in ("below", "above")]
    cost, model.cost = model.cost, [0.0] * len(model.cost)
    for column, _ in outside:
        model.cost[column] = 1.0
    try:
        least = model.solve_whole()
    except RuntimeError:
        return {}
    model.cost = cost
    model.row(outside, -INF, least + 1e-7)
    return {"outside": least, "milp": model.solve_whole()}


def time_of(problem):
    """Fastest time of the solver alone, with its own choice of method and tolerances."""
    model, _ = build(problem, directions=False)
    a = coo_matrix((model.data, (model.rows, model.cols)), (len(model.left), len(model.cost))).tocsr()
    equal = np.array(model.left) == np.array(model.right)
    limits = dict(A_ub=a[~equal], b_ub=np.array(model.right)[~equal], A_eq=a[equal], b_eq=np.array(model.right)[equal], bounds=np.stack([model.low, model.high], 1))
    times = []
    for turn in range(2 * problem["repeats"]):
        start = time.perf_counter()
        answer = linprog(model.cost, method="highs" if turn % 2 else "highs-ds", **limits)
        times.append(time.perf_counter() - start)
    return {"seconds": min(times), "lp": answer.fun}


for line in sys.stdin:
    problem = json.loads(line)
    if problem.get("repeats"):
        print(json.dumps(time_of(problem)), flush=True)
        continue
    if problem.get("strict"):
        print(json.dumps(solve_strictly(problem)), flush=True)
        continue
    model, columns = build(problem, directions=False)
    answer = {}
    if not problem.get("exact"):
        solution, answer["seconds"] = model.solve()
        answer["lp"] = solution.fun
        answer["burn"] = max(min(solution.x[x["charge"]], solution.x[x["discharge"]]) for x in columns)
    if problem.get("exact") or answer["burn"] > 1e-7:
        answer["milp"] = build(problem, directions=True)[0].solve_whole()
    if problem.get("schedule"):
        answer["violation"], answer["cost"], answer["penalty"] = check(problem, problem["schedule"])
    print(json.dumps(answer), flush=True)
