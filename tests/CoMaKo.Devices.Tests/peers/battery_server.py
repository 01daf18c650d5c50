"""Batteries of several makers behind a pymodbus server, each understanding its registers by itself from the published maps.

usage: battery_server.py MAKER
Prints "ready PORT" and serves on TCP. For each line "state" on its input it prints one JSON line:
{"mode": "own" | "pinned" | "range", "watts": …, "min": …, "max": …, "seconds": …, "writes": [[function, address, count], …]}
with + for discharge; "writes" are those since the last question. A write to a register that is not for control is refused with exception 2.
"""
import asyncio
import json
import logging
import struct
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server.async_io import ModbusConnectedRequestHandler, ModbusTcpServer
from pymodbus.transaction import ModbusSocketFramer

logging.disable(logging.CRITICAL)


def words(data):
    return list(struct.unpack(f">{len(data) // 2}H", data))


def swap(pair):
    return [pair[1], pair[0]]


def float_of(pair):
    return struct.unpack(">f", struct.pack(">2H", *pair))[0]


def long_of(pair):
    return struct.unpack(">i", struct.pack(">2H", *pair))[0]


def signed(word):
    return word - 0x10000 if word >= 0x8000 else word


def at(start, values):
    return {start + i: value for i, value in enumerate(values)}


OWN = {"mode": "own"}


class Kostal:
    unit, writable = 71, range(1034, 1036)
    inputs = {}
    holding = {**at(582, [0]), **at(210, swap(words(struct.pack(">f", 50)))), **at(1068, swap(words(struct.pack(">f", 10240)))),
               **at(1042, swap(words(struct.pack(">f", 10)))), **at(531, [5000]), **at(1080, [2]), **at(1034, [0, 0])}

    def state(self, r, written):
        return {"mode": "pinned", "watts": float_of(swap([r(1034), r(1035)]))} if written else OWN


class Sma:
    unit, writable = 3, range(40149, 40153)
    inputs = {**at(30775, [0, 0]), **at(30845, [0, 50])}
    holding = at(40149, [0, 0, 0, 803])

    def state(self, r, written):
        on = {802: True, 803: False}[long_of([r(40151), r(40152)])]
        return {"mode": "pinned", "watts": long_of([r(40149), r(40150)])} if on else OWN


class GoodWe:
    unit, writable = 247, range(47511, 47513)
    inputs = {}
    holding = {**at(35182, [0, 0]), **at(37007, [50]), **at(47511, [1, 0])}

    def state(self, r, written):
        mode, watts = r(47511), r(47512)
        return {1: OWN, 11: {"mode": "pinned", "watts": -watts}, 12: {"mode": "pinned", "watts": watts}}[mode]


class Sungrow:
    unit, writable = 1, [13049, 13050, 13051, 33046, 33047]
    inputs = {**at(5213, [0, 0]), **at(13022, [500, 990])}
    holding = {**at(13049, [0, 0xCC, 0]), **at(33046, [500, 500])}

    def state(self, r, written):
        most_charge, most_discharge = 10 * r(33046), 10 * r(33047)
        if r(13049) == 2 and r(13050) == 0xAA:
            return {"mode": "pinned", "watts": -min(r(13051), most_charge)}
        if r(13049) == 2 and r(13050) == 0xBB:
            return {"mode": "pinned", "watts": min(r(13051), most_discharge)}
        assert r(13049) == 0 and r(13050) == 0xCC
        return OWN if (most_charge, most_discharge) == (5000, 5000) else {"mode": "range", "min": -most_charge, "max": most_discharge}


class SolaX:
    unit, writable = 1, range(0x7C, 0x89)
    strings = [1500, 700]
    inputs = {0x16: 0, 0x1C: 50, **at(0x0A, strings)}
    holding = at(0x7C, [0, 1, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0])

    def state(self, r, written):
        if r(0x7C) == 0:
            return OWN
        # Active power = charge of the battery - power of the strings.
        charge = long_of(swap([r(0x7E), r(0x7F)])) + sum(self.strings)
        assert [r(a) for a in (0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88)] == [0] * 8
        return {"mode": "pinned", "watts": -charge, "seconds": r(0x82)}


class SolarEdge:
    unit, writable = 1, [0xE004, 0xE00B, 0xE00C, *range(0xE00D, 0xE012)]
    inputs = {}
    holding = {**at(0xE174, [0] * 18), 0xE004: 1, **at(0xE00B, [3600, 0]), **at(0xE00D, [7, 0, 0, 0, 0])}

    def state(self, r, written):
        if r(0xE004) != 4:
            return OWN
        charge, discharge = float_of(swap([r(0xE00E), r(0xE00F)])), float_of(swap([r(0xE010), r(0xE011)]))
        seconds = long_of(swap([r(0xE00B), r(0xE00C)]))
        return {**{3: {"mode": "pinned", "watts": -charge}, 4: {"mode": "pinned", "watts": discharge},
                   7: {"mode": "range", "min": -charge, "max": discharge}}[r(0xE00D)], "seconds": seconds}


class SunSpec:
    """Models 1, 120, 121, 123, 124 at 40000; 4 kW charge, 5 kW discharge, 8 kW output; rates with two digits."""
    unit, inputs = 1, {}
    holding = {}
    model_123 = 40002 + 68 + 28 + 32
    model_124 = model_123 + 26
    writable = [*map(model_123.__add__, (5, 7, 9)), *map(model_124.__add__, (5, 12, 13, 15, 17))]

    def __init__(self):
        def model(number, length, **points):
            body = [0xFFFF] * (length + 2)
            body[0:2] = [number, length]
            for name, value in points.items():
                body[int(name[1:])] = value & 0xFFFF
            return body

        chain = [0x5375, 0x6E53]
        chain += model(1, 66) + model(120, 26, o25=5000, o26=0) + model(121, 30, o2=8000, o22=0)
        chain += model(123, 24, o5=10000, o7=0, o9=0, o23=-2)
        chain += model(124, 24, o2=4000, o5=0, o12=10000, o13=10000, o15=0, o17=0, o18=0, o25=-2) + [0xFFFF, 0]
        self.holding = at(40000, chain)

    def state(self, r, written):
        storage, control = self.model_124, self.model_123
        mode, out, into = r(storage + 5), signed(r(storage + 12)) / 10000, signed(r(storage + 13)) / 10000
        most = out * 5000 if mode & 2 else 5000
        least = -into * 4000 if mode & 1 else -4000
        state = {"mode": "range", "min": least, "max": most, "seconds": r(storage + 15), "grid": r(storage + 17)} if mode else dict(OWN)
        if r(control + 9) == 1:
            state["output"] = r(control + 5) / 10000 * 8000
        return state


class KostalSunSpec(SunSpec):
    """Takes the output limit by function 6 only."""
    writable = [SunSpec.model_123 + 5]
    only_single = True

    def state(self, r, written):
        return {"mode": "own", "output": r(self.model_123 + 5) / 10000 * 8000}


MAKERS = {"kostal-plenticore": Kostal, "sma-battery": Sma, "goodwe-et": GoodWe, "sungrow-sh": Sungrow, "solax-gen4": SolaX,
          "solaredge-storedge": SolarEdge, "sunspec": SunSpec, "kostal-sunspec": KostalSunSpec}


async def main():
    maker = MAKERS[sys.argv[1]]()
    writes, ever = [], []

    class Handler(ModbusConnectedRequestHandler):
        def execute(self, request, *addr):
            if request.function_code in (6, 16):
                count = getattr(request, "count", 1) or 1
                span = range(request.address, request.address + count)
                refused = 0 if all(a in maker.writable for a in span) else 2
                if getattr(maker, "only_single", False) and request.function_code != 6:
                    refused = 1
                if refused:
                    response = request.doException(refused)
                    response.transaction_id, response.unit_id = request.transaction_id, request.unit_id
                    self.send(response, *addr)
                    return
                writes.append([request.function_code, request.address, count])
                ever.append(1)
            super().execute(request, *addr)

    context = ModbusSlaveContext(hr=ModbusSparseDataBlock(dict(maker.holding)), ir=ModbusSparseDataBlock(dict(maker.inputs) or {0: 0}), zero_mode=True)
    server = ModbusTcpServer(ModbusServerContext(slaves={maker.unit: context}, single=False), framer=ModbusSocketFramer, address=("127.0.0.1", 0),
                             handler=Handler, ignore_missing_slaves=False)
    asyncio.create_task(server.serve_forever())
    await server.serving
    print("ready", server.server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        state = maker.state(lambda address: context.getValues(3, address, 1)[0], ever)
        print(json.dumps({**state, "writes": writes}), flush=True)
        writes.clear()


asyncio.run(main())
