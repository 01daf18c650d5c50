#!/usr/bin/env python3
"""Writes the SML test corpus: *.bin and expected.json beside this file.

Built from the format description alone, without the product's code, so that both cannot share an error.
Meters, serials and values are invented. Run it again after a change and commit the result; it is deterministic.
"""
import json
import pathlib
from decimal import Decimal

HERE = pathlib.Path(__file__).parent
START = bytes.fromhex("1b1b1b1b01010101")
ESC = b"\x1b" * 4
SERVER = bytes.fromhex("0a01544d4f00000003e9")  # vendor "TMO", fictitious


# --- check sums -------------------------------------------------------------------------------------------------------
def register(data, value):
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return value


def crc(data, kind):
    """The two octets that follow the data on the wire."""
    if kind == "x25":
        return (register(data, 0xFFFF) ^ 0xFFFF).to_bytes(2, "little")
    return register(data, 0).to_bytes(2, "big" if kind == "kermit" else "little")


assert crc(b"123456789", "x25") == bytes.fromhex("6e90")
assert crc(b"123456789", "kermit") == bytes.fromhex("2189")


# --- type-length-value ------------------------------------------------------------------------------------------------
ABSENT = b"\x01"


def tl(kind, length, is_list=False):
    """Type-length field; the length of all but lists counts the field's own bytes."""
    for width in (1, 2, 3):
        total = length if is_list else length + width
        if total < 16 ** width:
            nibbles = [total >> 4 * i & 15 for i in reversed(range(width))]
            flags = [0x80] * (width - 1) + [0]
            return bytes(f | n | (kind << 4 if i == 0 else 0) for i, (f, n) in enumerate(zip(flags, nibbles)))
    raise ValueError(length)


def octets(data):
    return tl(0, len(data)) + data


def uint(value, width):
    return tl(6, width) + value.to_bytes(width, "big")


def sint(value, width):
    return tl(5, width) + value.to_bytes(width, "big", signed=True)


def boolean(value):
    return b"\x42" + (b"\xff" if value else b"\x00")


def seq(*items):
    return tl(7, len(items), True) + b"".join(items)


def sec_index(value):
    return seq(uint(1, 1), uint(value, 4))


# --- messages ---------------------------------------------------------------------------------------------------------
def message(tag, content, kind="x25", end=b"\x00", transaction=b"\x00\x11\x22", tag_width=4):
    head = tl(7, 6, True) + octets(transaction) + uint(0, 1) + uint(0, 1) + seq(uint(tag, tag_width), content)
    return head + tl(6, 2) + crc(head, kind) + end


def open_response(server=SERVER, time=ABSENT, **options):
    return message(0x0101, seq(ABSENT, ABSENT, octets(b"\x01\x02"), octets(server), time, ABSENT), **options)


def close_response(**options):
    return message(0x0201, seq(ABSENT), **options)


def list_response(entries, server=SERVER, time=sec_index(123456), name=b"\x01\x00\x62\x0a\xff\xff", signature=ABSENT, **options):
    content = seq(ABSENT, octets(server), octets(name), time, seq(*[e.wire for e in entries]), signature, ABSENT)
    return message(0x0701, content, **options)


class Entry:
    UNITS = {7: "s", 8: "°", 27: "W", 29: "var", 30: "Wh", 33: "A", 35: "V", 44: "Hz"}

    def __init__(self, obis, value, unit=None, scaler=None, status=ABSENT, time=ABSENT, signature=ABSENT, number=None):
        self.obis, self.unit, self.number, self.scaler = obis, unit, number, scaler
        groups = bytes(int(x) for x in obis.replace("-", " ").replace(":", " ").replace(".", " ").replace("*", " ").split())
        self.wire = seq(octets(groups), status, time, ABSENT if unit is None else uint(unit, 1),
                        ABSENT if scaler is None else sint(scaler, 1), value, signature)

    def expected(self):
        value = Decimal(self.number).scaleb(self.scaler or 0)
        return {"obis": self.obis, "value": format(value, "f"), "unit": self.UNITS.get(self.unit, "")}


def u(obis, number, width, unit=30, scaler=-1, **more):
    return Entry(obis, uint(number, width), unit, scaler, number=number, **more)


def s(obis, number, width, unit=27, scaler=0, true=None, **more):
    return Entry(obis, sint(number, width), unit, scaler, number=number if true is None else true, **more)


def o(obis, data, **more):
    return Entry(obis, octets(data), **more)


FNN = uint(0x1C0104, 4)
MAKER = o("1-0:96.50.1*1", b"TMO")
IDENT = o("1-0:96.1.0*255", SERVER)
IMPORT = u("1-0:1.8.0*255", 54301577, 5, status=FNN)
EXPORT = u("1-0:2.8.0*255", 4242, 5)
POWER = s("1-0:16.7.0*255", -1500, 4)
BASIC = [MAKER, IDENT, IMPORT, EXPORT, POWER]


# --- transport --------------------------------------------------------------------------------------------------------
def frame(payload, kind="x25", fill=None, stuffed=None):
    count = -len(payload) % 4
    fill = bytes(count) if fill is None else fill
    body = START + (payload.replace(ESC, ESC + ESC) if stuffed is None else stuffed) + fill + ESC + b"\x1a" + bytes([len(fill)])
    return body + crc(body, kind)


def push(entries, kind="x25", transport=None, server=SERVER, **options):
    return frame(open_response(server=server, kind=kind) + list_response(entries, server=server, kind=kind, **options) + close_response(kind=kind),
                 transport or kind)


def good(entries, offset, data, kind="x25", server=SERVER):
    return {"offset": offset, "length": len(data), "transportCrc": kind, "accepted": True, "serverId": server.hex() if server else None,
            "values": [e.expected() for e in entries if e.number is not None]}


def refused(offset, data, kind="x25"):
    return {"offset": offset, "length": len(data), "transportCrc": kind, "accepted": False, "serverId": None, "values": []}


FILES = {}


def case(name, data, frames):
    assert name not in FILES
    FILES[name] = (data, frames)


def one(name, entries, kind="x25", transport=None, server=SERVER, **options):
    data = push(entries, kind, transport, server, **options)
    case(name, data, [good(entries, 0, data, transport or kind, server)])


def rejected(name, data, kind="x25"):
    """The frame is refused and the good one behind it is found."""
    after = push(BASIC)
    case(name, data + after, [refused(0, data, kind), good(BASIC, len(data), after)])


# --- shapes of meters -------------------------------------------------------------------------------------------------
PHASES = [s("1-0:36.7.0*255", 120, 4), s("1-0:56.7.0*255", -800, 4), s("1-0:76.7.0*255", -820, 4)]
GRID = [u("1-0:32.7.0*255", 2325, 2, 35, -1), u("1-0:52.7.0*255", 2307, 2, 35, -1), u("1-0:72.7.0*255", 2320, 2, 35, -1),
        u("1-0:31.7.0*255", 143, 1, 33, -2), u("1-0:51.7.0*255", 0, 1, 33, -2), u("1-0:71.7.0*255", 255, 1, 33, -2),
        u("1-0:81.7.1*255", 120, 1, 8, 0), u("1-0:81.7.2*255", 240, 1, 8, 0), u("1-0:14.7.0*255", 500, 2, 44, -1)]
one("fnn_basic", BASIC)
one("fnn_phases", BASIC + PHASES)
one("full_list", BASIC + PHASES + GRID)
one("import_only", [MAKER, IDENT, u("1-0:1.8.0*255", 18, 1, status=FNN), s("1-0:16.7.0*255", 7, 1)])
one("uint64_energy", [MAKER, IDENT, u("1-0:1.8.0*255", 54301577, 8, status=uint(0x1C0104, 4)), POWER])
one("uint64_highest", [u("1-0:1.8.0*255", 2 ** 64 - 1, 8), s("1-0:16.7.0*255", -2 ** 63, 8, scaler=-2)])
one("signed_energy", [s("1-0:1.8.0*255", 54301577, 8, 30, -4, status=uint(0x80, 3)), s("1-0:2.8.0*255", 1100731603, 8, 30, -4), s("1-0:16.7.0*255", 81026, 8, 27, -2)])
one("unsigned_widths", [u(f"1-0:1.8.{w}*255", 2 ** (8 * w) - w, w) for w in range(1, 9)])
one("signed_widths", [s(f"1-0:16.7.{w}*255", -2 ** (8 * w - 1) + w, w) for w in range(1, 9)] + [s(f"1-0:15.7.{w}*255", 2 ** (8 * w - 1) - w, w) for w in range(1, 9)])
one("scalers", [u(f"1-0:1.8.{i}*255", 12345, 2, 30, sc) for i, sc in enumerate((-9, -4, -3, -1, 0, 1, 3, 6))])
one("no_scaler_no_unit", [u("1-0:96.7.0*255", 17, 2, None, None), u("1-0:1.8.0*255", 99, 4, 30, None)])
one("old_ehz_tariffs", [o("129-129:199.130.3*255", b"TMO"), o("1-0:0.0.9*255", b"ABCDEF0123"), s("1-0:1.8.1*255", 123456789, 5, 30, -1, status=uint(0x182, 2)),
                        s("1-0:1.8.2*255", 4711, 5, 30, -1, status=uint(0x182, 2)), s("1-0:1.7.0*255", 3215, 2, 27, -1)], server=b"ABCDEF0123")
one("public_key", [o("129-129:199.130.3*255", b"TMO"), IMPORT, o("129-129:199.130.5*255", bytes(range(48)))])
one("unsigned_power_export", [u("1-0:1.8.0*255", 1000, 5, status=uint(0x1A2, 2)), u("1-0:15.7.0*255", 12345, 4, 27, -1)])
one("unsigned_power_import", [u("1-0:1.8.0*255", 1000, 5, status=uint(0x182, 2)), u("1-0:15.7.0*255", 12345, 4, 27, -1)])
one("signed_import_power", [s("1-0:1.8.0*255", 1000, 5, 30, -1, status=uint(0x82, 1)), s("1-0:1.7.1*255", -56000000, 4, 27, -4)], time=ABSENT)
one("two_directions", [IMPORT, u("1-0:1.7.0*255", 0, 4, 27, 0), u("1-0:2.7.0*255", 1234, 4, 27, 0)])
one("reduced_16_bit", [MAKER, IDENT, u("1-0:1.8.0*255", 2043, 2, 30, 3, status=uint(0x100104, 4))])
one("reduced_64_bit", [MAKER, IDENT, u("1-0:1.8.0*255", 2043, 8, 30, 3, status=uint(0x100104, 4)), u("1-0:2.8.0*255", 0, 8, 30, 3)])
one("value_absent", [Entry("1-0:1.8.0*255", ABSENT, 30, -1), POWER])
one("boolean_and_list_values", [Entry("1-0:96.3.10*255", boolean(True)), Entry("1-0:96.99.1*255", seq(uint(1, 1), octets(b"x"))), IMPORT])
one("alarms", [u("1-0:1.8.0*255", 54301577, 5, status=uint(0x1E0704, 4)), POWER])
one("value_signature", [u("1-0:1.8.0*255", 5, 4, signature=octets(bytes(range(16)))), POWER], signature=octets(bytes(24)))
one("long_list", [u(f"1-0:{i}.8.0*255", i * 1000, 4) for i in range(1, 41)])
one("ascii_server_id", BASIC, server=b"TMO-4711-00042")

# --- times ------------------------------------------------------------------------------------------------------------
STAMPS = {"bare": uint(5000, 4), "sec_index": sec_index(5000), "utc": seq(uint(2, 1), uint(1748772000, 4)),
          "local": seq(uint(3, 1), seq(uint(1748772000, 4), sint(60, 2), sint(60, 2))), "list_for_choice_1": seq(uint(1, 1), seq(uint(5000, 4), sint(0, 2), sint(0, 2)))}
for name, stamp in STAMPS.items():
    one("time_" + name, [u("1-0:1.8.0*255", 54301577, 4, status=FNN, time=stamp), POWER], time=stamp)
one("time_zero_in_entries", [u("1-0:1.8.0*255", 54301577, 4, status=uint(0x1C6904, 3), time=sec_index(0)), s("1-0:16.7.0*255", -1500, 4, time=sec_index(0))])

# --- DZG sign defect --------------------------------------------------------------------------------------------------


def dzg(serial):
    return b"\x0a\x01DZG" + serial.to_bytes(5, "big")


def dzg_case(name, serial, raw, width, true, server=None, order=1):
    ident = o("1-0:96.1.0*255", dzg(serial))
    power = s("1-0:16.7.0*255", raw, width, 27, -2, true=true)
    one(name, [o("1-0:96.50.1*1", b"DZG"), *[ident, IMPORT, power][::order]], server=server or dzg(serial))


dzg_case("dzg_defect_two_bytes", 42082910, -29912, 2, 35624)
dzg_case("dzg_defect_one_byte", 55000000, -56, 1, 200)
dzg_case("dzg_defect_first_serial", 42000000, -1, 2, 65535)
dzg_case("dzg_defect_last_serial", 48999999, -1, 2, 65535)
dzg_case("dzg_defect_last_serial_2", 58999999, -1, 2, 65535)
dzg_case("dzg_defect_positive", 42082910, 12345, 2, 12345)
dzg_case("dzg_defect_three_bytes", 42082910, -29912, 3, -29912)
dzg_case("dzg_defect_true_negative", 42082910, -126061, 4, -126061)
dzg_case("dzg_defect_id_after_power", 42082910, -29912, 2, 35624, order=-1)
dzg_case("dzg_right_before_ranges", 41999999, -29912, 2, -29912)
dzg_case("dzg_right_between_ranges", 49000000, -29912, 2, -29912)
dzg_case("dzg_right_after_ranges", 59000000, -29912, 2, -29912)
dzg_case("dzg_right_new_serial", 60000000, -29912, 2, -29912)
dzg_case("dzg_right_old_serial", 40051478, -56, 1, -56)
dzg_case("dzg_block_octet_counts", 42082910 + (1 << 32), -29912, 2, -29912)
one("dzg_id_of_message_only", [IMPORT, s("1-0:16.7.0*255", -29912, 2, 27, -2, true=35624), s("1-0:36.7.0*255", -100, 2, 27, -2)], server=dzg(42082910))

# --- check sums -------------------------------------------------------------------------------------------------------
one("kermit", BASIC, "kermit")
one("kermit_swapped", BASIC, "kermit-swapped")
one("kermit_in_messages_only", BASIC, "kermit", "x25")
first, second = push(BASIC), push(BASIC, "kermit")
case("crc_kind_changes", first + second, [good(BASIC, 0, first), good(BASIC, len(first), second, "kermit")])

# --- escapes ----------------------------------------------------------------------------------------------------------
for name, text in {"escape": ESC, "escape_then_start": START, "escape_then_end": ESC + b"\x1a\x00\x12\x34", "five": ESC + b"\x1b", "seven": ESC + b"\x1b" * 3,
                   "eight": ESC * 2, "nine": ESC * 2 + b"\x1b", "three": b"\x1b" * 3, "escape_value": b"\x00" + ESC + b"\x00"}.items():
    one("escaped_" + name, [MAKER, o("1-0:96.1.1*255", text), IMPORT, POWER])
one("escaped_energy", [MAKER, u("1-0:1.8.0*255", 0x1B1B1B1B, 4), s("1-0:16.7.0*255", 0x1B1B1B1B, 4)])

# --- contents around the list -----------------------------------------------------------------------------------------
data = frame(open_response() + list_response(BASIC, tag_width=2) + close_response(tag_width=2))
case("short_tags", data, [good(BASIC, 0, data)])
data = frame(open_response() + message(0x0501, seq(octets(b"any"), seq(uint(1, 1), seq(ABSENT, boolean(False))))) + list_response(BASIC) + close_response())
case("unknown_message", data, [good(BASIC, 0, data)])
data = frame(open_response() + message(0xFF01, seq(octets(SERVER), octets(b"\x81\x81\xc7\xc7\xfe\x03"), ABSENT, ABSENT)) + close_response())
case("attention_only", data, [good([], 0, data)])
data = frame(open_response() + list_response([MAKER, IMPORT]) + list_response([EXPORT, POWER]) + close_response())
case("two_lists", data, [good([MAKER, IMPORT, EXPORT, POWER], 0, data)])
data = frame(list_response([]))
case("empty_list", data, [good([], 0, data)])

# --- structure that must be refused although the sums fit ----------------------------------------------------------------
BODY = open_response() + list_response(BASIC) + close_response()
rejected("refused_no_messages", frame(b""))
rejected("refused_message_crc", frame(open_response() + list_response(BASIC)[:-4] + b"\x63\x12\x34\x00" + close_response()))
rejected("refused_mixed_message_kinds", frame(open_response() + list_response(BASIC, kind="kermit") + close_response()))
rejected("refused_no_end_of_message", frame(open_response() + list_response(BASIC, end=b"\x01") + close_response()))
rejected("refused_fill_not_zero", frame(BODY, fill=bytes(-len(BODY) % 4)[:-1] + b"\x01" if len(BODY) % 4 else b"\x01" * 3))
rejected("refused_fill_of_four", frame(BODY, fill=bytes(4)))
rejected("refused_missing_element", frame(message(0x0701, seq(ABSENT, octets(SERVER), ABSENT, ABSENT, seq(), ABSENT))))
rejected("refused_short_obis", frame(message(0x0701, seq(ABSENT, octets(SERVER), ABSENT, ABSENT, seq(seq(octets(b"\x01\x00\x01"), *[ABSENT] * 4, uint(1, 1), ABSENT)), ABSENT, ABSENT))))


def nested(depth):
    return uint(1, 1) if depth == 0 else seq(nested(depth - 1))


rejected("refused_nesting", frame(message(0x0501, nested(7))))
data = frame(message(0x0501, nested(6)) + list_response(BASIC))
case("deepest_nesting", data, [good(BASIC, 0, data)])
rejected("refused_list_of_257", frame(message(0x0501, seq(*[ABSENT] * 257))))
data = frame(message(0x0501, seq(*[ABSENT] * 256)) + list_response(BASIC))
case("longest_list", data, [good(BASIC, 0, data)])
rejected("refused_integer_of_9", frame(message(0x0501, b"\x6a" + bytes(9))))
rejected("refused_integer_of_0", frame(message(0x0501, b"\x61")))
rejected("refused_unknown_type", frame(message(0x0501, b"\x22\x00")))
rejected("refused_length_beyond_end", frame(message(0x0501, b"\x8f\x0f")))

# --- damage -----------------------------------------------------------------------------------------------------------
GOOD = push(BASIC)
AFTER = push(BASIC + PHASES)
LATER = good(BASIC + PHASES, 0, AFTER)


def damaged(name, head, frames=()):
    case(name, head + AFTER, [*frames, dict(LATER, offset=len(head))])


damaged("damage_bit", GOOD[:100] + bytes([GOOD[100] ^ 4]) + GOOD[101:], [refused(0, GOOD, "bad")])
damaged("damage_crc", GOOD[:-1] + bytes([GOOD[-1] ^ 1]), [refused(0, GOOD, "bad")])
damaged("damage_lost_byte", GOOD[:50] + GOOD[51:], [refused(0, GOOD[1:], "bad")])
damaged("damage_extra_byte", GOOD[:50] + b"\x42" + GOOD[50:], [refused(0, GOOD + b"x", "bad")])
damaged("damage_cut", GOOD[:100])
damaged("damage_garbage_before", bytes(range(256)) + b"\x1b" * 5)
damaged("damage_start_only", START)
damaged("damage_escape_before_start", b"\x1b" * 7)
damaged("damage_start_damaged", b"\x1b\x1b\x1b\x00" + GOOD[4:])
damaged("damage_swallowed_start", GOOD[:100] + ESC, [refused(0, GOOD[:100] + ESC + AFTER, "bad")])
damaged("damage_end_without_crc", GOOD[:-2], [refused(0, GOOD, "bad")])
damaged("damage_endless", GOOD[:-8] + bytes(9000))
case("not_raw", b"".join(x.replace(b"\x1b\x1b\x1b\x1b\x1a", b"\x1b\x1b\x1b\x1b").replace(b"\x03", b"") for x in [GOOD[:-8], GOOD[:-8], GOOD[:-8]]), [])
case("cut_at_the_end", GOOD + AFTER[:-1], [good(BASIC, 0, GOOD)])
case("empty", b"", [])
case("no_sml", b"/TMO5\\@Test\r\n\r\n1-0:1.8.0*255(000123.4*kWh)\r\n!\r\n", [])
case("hundred_frames", b"".join(push([MAKER, IDENT, u("1-0:1.8.0*255", 1000 + i, 5), s("1-0:16.7.0*255", 50 - i, 1 if i < 100 else 2)], time=sec_index(i)) for i in range(100)),
     [good([u("1-0:1.8.0*255", 1000 + i, 5), s("1-0:16.7.0*255", 50 - i, 1)], i * len(push([MAKER, IDENT, u("1-0:1.8.0*255", 1000, 5), s("1-0:16.7.0*255", 50, 1)])), push([MAKER, IDENT, u("1-0:1.8.0*255", 1000, 5), s("1-0:16.7.0*255", 50, 1)])) for i in range(100)])

for name, (content, _) in FILES.items():
    (HERE / (name + ".bin")).write_bytes(content)
(HERE / "expected.json").write_text(json.dumps({name: frames for name, (_, frames) in sorted(FILES.items())}, indent=1, ensure_ascii=False) + "\n")
print(len(FILES), "files")
