"""A foreign gRPC server on a free loopback port. Prints the port, then one line per thing that the test should know."""
import sys
import threading
from concurrent import futures
import grpc

MAX_BYTES = 1024 * 1024


def say(line):
    print(line, flush=True)


def wait_until_left(context, limit=20):
    left = threading.Event()
    context.add_callback(left.set)
    left.wait(limit)


def hello(request, context):
    scenario = request[2:2 + request[1]].decode() if request else ""  # HelloRequest.building_name, field 6
    metadata = dict(context.invocation_metadata())
    if scenario == "wait":
        say(f"deadline in {context.time_remaining():.1f} s")
        wait_until_left(context)
    if scenario == "refuse":
        context.set_trailing_metadata([("grpc-retry-pushback-ms", "1500")])
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Zähler: 100 % – ≠ gültig\nzweite Zeile")
    if scenario == "metadata":
        context.send_initial_metadata([("note", "y" * 7000), ("blob-bin", b"\x00\xff")])
        context.set_trailing_metadata([("other-bin", b"\x01")])
        say(f"note has {len(metadata['note'])}, gateway is {metadata['comako-gateway']}")
    if scenario == "big":
        return b"\x3a" + b"\x81\x80\x40" + b"z" * (MAX_BYTES + 1)  # an unknown field longer than the limit
    return b"\x18\x2a"  # HelloReply.server_time_unix_us = 42


def watch(request, context):
    scenario = request[2:].decode()  # WatchRequest.last_directive_id, field 2
    for revision in (1, 2, 3):
        yield b"\x08" + bytes([revision])
    if scenario == "abort":
        context.abort(grpc.StatusCode.ABORTED, "später")
    if scenario == "forever":
        wait_until_left(context)
        say("stream was left")


handlers = grpc.method_handlers_generic_handler("comako.edge.v1.EdgeSync", {
    "Hello": grpc.unary_unary_rpc_method_handler(hello),
    "WatchDirectives": grpc.unary_stream_rpc_method_handler(watch),
})
server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", MAX_BYTES)])
server.add_generic_rpc_handlers((handlers,))
say(server.add_insecure_port("127.0.0.1:0"))
server.start()
sys.stdin.read()  # until the test closes it
server.stop(None)
