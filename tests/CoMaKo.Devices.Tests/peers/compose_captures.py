"""Composes the golden captures of the profiles that can write: what each device answers, and the frames that each command must become.

Written from the published register maps with nothing but struct; it shares no code with the gateway.
usage: compose_captures.py FOLDER_OF_PROFILES   (rewrites the .hex files there)
"""
import pathlib
import struct
import sys


def crc(data):
    value = 0xFFFF
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def line(mark, frame):
    return mark + " " + (frame + crc(frame)).hex(" ")


def reads(unit, function, start, data, note):
    """One read request and its answer; data are the registers' bytes."""
    request = struct.pack(">BBHH", unit, function, start, len(data) // 2)
    return [f"# {note}", line(">", request), line("<", struct.pack(">BBB", unit, function, len(data)) + data)]


def many(unit, start, data):
    return line(">", struct.pack(">BBHHB", unit, 16, start, len(data) // 2, len(data)) + data)


def single(unit, register, value):
    return line(">", struct.pack(">BBHH", unit, 6, register, value))


def u16(*values):
    return struct.pack(f">{len(values)}H", *values)


def s16(value):
    return struct.pack(">h", value)


def long_hi_lo(value):
    return struct.pack(">i", value)


def swapped(data):
    return data[2:] + data[:2]


def long_lo_hi(value):
    return swapped(struct.pack(">i", value))


def float_lo_hi(value):
    return swapped(struct.pack(">f", value))


HEAD = ["# Composed from the published register map, not recorded from a device."]
WRITES = ["# Commands and the frames that they must become; composed from the published register map for a rating of 5 kW both ways."]


def kostal():
    capture = [
        *reads(71, 3, 582, s16(-1840), "battery power, W"),
        *reads(71, 3, 210, float_lo_hi(63.5), "state of charge, %"),
        *reads(71, 3, 1068, float_lo_hi(10240), "capacity, Wh"),
        *reads(71, 3, 1042, float_lo_hi(10), "lowest state of charge, %"),
        *reads(71, 3, 531, u16(5000), "greatest power, W"),
        *reads(71, 3, 1080, u16(2), "battery is managed from outside by Modbus"),
    ]
    return capture, [
        "= power -2500 for 60", many(71, 1034, float_lo_hi(-2500)),
        "= power -100 for 60", many(71, 1034, float_lo_hi(-100)),
        "= power 1234.5 for 60", many(71, 1034, float_lo_hi(1234.5)),
        "= power 9000 for 60", many(71, 1034, float_lo_hi(5000)),
        "# Nothing gives the battery back but the inverter's own time.", "= release",
    ]


def sma():
    capture = [*reads(3, 4, 30775, long_hi_lo(-1840), "power, W"), *reads(3, 4, 30845, long_hi_lo(63), "state of charge, %")]
    return capture, [
        "= power -2500 for 60", many(3, 40149, long_hi_lo(-2500) + long_hi_lo(802)),
        "= power 3000 for 60", many(3, 40149, long_hi_lo(3000) + long_hi_lo(802)),
        "= release", many(3, 40149, long_hi_lo(0) + long_hi_lo(803)),
    ]


def goodwe():
    capture = [*reads(247, 3, 35182, long_hi_lo(-1840), "battery power, W"), *reads(247, 3, 37007, u16(63), "state of charge, %")]
    return capture, [
        "= power -2500 for 60", many(247, 47511, u16(11, 2500)),
        "= power 3000 for 60", many(247, 47511, u16(12, 3000)),
        "= power 0 for 60", many(247, 47511, u16(12, 0)),
        "= release", many(247, 47511, u16(1, 0)),
    ]


def sungrow():
    capture = [
        *reads(1, 4, 5213, long_lo_hi(-1840), "battery power, W"),
        *reads(1, 4, 13022, u16(635, 980), "state of charge and of health, 0.1 %"),
        *reads(1, 3, 13049, u16(0, 0xCC, 0), "mode, command, forced power, as installed"),
        *reads(1, 3, 33046, u16(500, 500), "greatest charge and discharge, 10 W"),
    ]
    return capture, [
        "= power -2500 for 60", many(1, 13049, u16(2, 0xAA, 2500)),
        "# A little more is not worth a write.", "= power -2600 for 60",
        "# Less is: nobody charges more than asked for.", "= power -2400 for 60", many(1, 13051, u16(2400)),
        "= power 3000 for 60", many(1, 13050, u16(0xBB, 3000)),
        "= range -5000 0 for 60", many(1, 13049, u16(0, 0xCC)), many(1, 33047, u16(1)),
        "= release", many(1, 33047, u16(500)),
    ]


def solax():
    def block(power_control, active, seconds):
        return u16(power_control, 1) + long_lo_hi(active) + long_lo_hi(0) + u16(seconds, 0) + long_lo_hi(0) + long_lo_hi(0) + u16(0)

    capture = [
        *reads(1, 4, 0x16, s16(1840), "battery power, W, charging is positive"),
        *reads(1, 4, 0x1C, u16(63), "state of charge, %"),
        *reads(1, 4, 0x0A, u16(1500, 700), "power of the strings, W"),
        *reads(1, 3, 0x7C, block(0, 0, 20), "registers of the remote control"),
    ]
    return capture, [
        "# Active power is the battery's charge less what the strings give: 2500 - 2200.",
        "= power -2500 for 60", many(1, 0x7C, block(1, 300, 60)),
        "= power 3000 for 45", many(1, 0x7C, block(1, -5200, 45)),
        "= power 0 for 20", many(1, 0x7C, block(1, -2200, 20)),
        "= release", many(1, 0x7C, block(0, 0, 1)),
    ]


def solaredge():
    live = float_lo_hi(1840) + u16(*[0] * 14) + float_lo_hi(63.5)
    capture = [
        *reads(1, 3, 0xE174, live, "battery power, W, charging is positive, and state of energy, %"),
        *reads(1, 3, 0xE004, u16(1), "control mode: self-consumption"),
        *reads(1, 3, 0xE00B, long_lo_hi(3600), "command timeout, s"),
        *reads(1, 3, 0xE00D, u16(7) + float_lo_hi(5000) + float_lo_hi(5000), "command mode and limits"),
    ]
    return capture, [
        "= range -5000 0 for 60",
        many(1, 0xE00B, long_lo_hi(60)), many(1, 0xE00E, float_lo_hi(5000) + float_lo_hi(0)), single(1, 0xE00D, 7), single(1, 0xE004, 4),
        "= power -2500 for 60", many(1, 0xE00E, float_lo_hi(2500) + float_lo_hi(0)), single(1, 0xE00D, 3),
        "= power 3000 for 60", many(1, 0xE00E, float_lo_hi(0) + float_lo_hi(3000)), single(1, 0xE00D, 4),
        "= release", single(1, 0xE004, 1),
    ]


def sim_setpoint():
    live = (long_hi_lo(-1840) + u16(635, 985) + long_hi_lo(10000) + u16(5000, 5000) + long_hi_lo(1234567) + long_hi_lo(1111111) + u16(2, 235))
    capture = [
        *reads(1, 4, 0, live, "everything that is read"), *reads(1, 4, 20, long_hi_lo(204711), "serial number"),
        *reads(1, 3, 100, u16(0) + long_hi_lo(0) + u16(60), "mode, set-point, watchdog"),
    ]
    return capture, [
        "= power -2500 for 60", many(1, 100, u16(1) + long_hi_lo(-2500) + u16(60)),
        "= power 70000 for 900", many(1, 100, u16(1) + long_hi_lo(5000) + u16(600)),
        "= release", many(1, 100, u16(0)),
    ]


def sim_wallbox():
    capture = [*reads(1, 4, 0, long_hi_lo(11000) + long_hi_lo(12345) + u16(2), "everything that is read"), *reads(1, 3, 100, u16(65535, 0), "limit and its time")]
    return capture, [
        "= limit 4200 for 60", many(1, 101, u16(60)), many(1, 100, u16(4200)),
        "= release", many(1, 100, u16(65535)),
    ]


PROFILES = {
    "batteries/kostal-plenticore": kostal, "batteries/sma-battery": sma, "batteries/goodwe-et": goodwe, "batteries/sungrow-sh": sungrow,
    "batteries/solax-gen4": solax, "batteries/solaredge-storedge": solaredge, "batteries/comako-sim-setpoint": sim_setpoint, "loads/comako-sim-wallbox": sim_wallbox,
}

for name, compose in PROFILES.items():
    capture, writes = compose()
    base = pathlib.Path(sys.argv[1]) / name
    base.with_suffix(".hex").write_text("\n".join(HEAD + capture) + "\n")
    base.with_name(base.name + ".writes.hex").write_text("\n".join(WRITES + writes) + "\n")
