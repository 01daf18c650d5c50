#!/usr/bin/python3
"""A gateway in fifty lines: one Hello, one Push of three records. Needs Debian's python3-grpcio. SYNC.md explains the words.
usage: push.py HUB_ADDRESS GATEWAY_ID [EPOCH]"""
import hashlib, json, struct, sys, time
import grpc
def varint(n):
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
def field(number, value):  # protobuf: an integer, or bytes with their length
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value

def read(message):  # protobuf -> {field number: value}; enough for the replies
    fields, at = {}, 0
    def number():
        nonlocal at
        n = shift = 0
        while True:
            n |= (message[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 128: return n
    while at < len(message):
        key = number()
        value = number()
        if key & 7 == 2: value, at = message[at:at + value], at + value
        fields[key >> 3] = value
    return fields

address, gateway, epoch = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1
server_id, opened, opening = hashlib.sha256(gateway.encode()).hexdigest()[:20], 1767225600, 5_000_000  # 2026-01-01 00:00 UTC, Wh
register = f"{server_id}~1-0.1.8.0".encode()
begin = field(2, field(1, register) + field(2, opened * 10**6) + field(3, 1) + field(4, opened * 10**6) + field(5, opening) + field(6, 1)
              + field(7, server_id.encode()) + field(8, b"1-0:1.8.0*255") + field(9, 10**6) + field(10, 100) + field(11, 1))
totals = [field(1, field(1, register) + field(2, opened * 10**6) + field(3, opened + 900 * slot) + field(4, opening + 250 * slot) + field(5, 1) + field(6, 40)) for slot in (1, 2)]
records = [begin, *totals]
chains = [bytes(32)]
for record in records:
    chains.append(hashlib.sha256(chains[-1] + hashlib.sha256(record).digest()).digest())

with grpc.insecure_channel(address) as channel:
    def call(method, request):
        return read(channel.unary_unary("/comako.edge.v1.EdgeSync/" + method)(request, timeout=10, metadata=[("comako-gateway", gateway)]))
    known = b"\x09" + struct.pack("<Q", epoch)  # field 1, fixed64
    hello = call("Hello", known + field(2, 1) + field(3, chains[0]) + field(4, len(records) + 1) + field(5, b"push.py") + field(7, b"Europe/Berlin"))
    mark = read(hello.get(1, b"")).get(1, 0)
    if mark < len(records):
        batch = known + field(2, mark + 1) + b"".join(field(3, field(1, record)) for record in records[mark:])
        ack = call("Push", batch + field(4, chains[mark]) + field(5, chains[-1]))
        mark = read(ack[1])[1]
print(json.dumps({"register": register.decode(), "acknowledged": mark, "of": len(records)}))
