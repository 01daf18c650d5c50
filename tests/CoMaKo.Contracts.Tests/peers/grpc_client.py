"""A foreign gRPC client: calls the server under test once per scenario and prints what it saw as one JSON object."""
import json
import sys
import grpc

SERVICE = "/comako.edge.v1.EdgeSync/"
DEADLINE = 2  # seconds: long enough to reach the handler on a busy machine, which then never answers


def hello(scenario):
    """HelloRequest whose building_name (field 6) names the scenario."""
    name = scenario.encode()
    return b"\x32" + bytes([len(name)]) + name


def sized(length):
    """HelloRequest of exactly this many bytes: building_name with a three-byte length."""
    text = length - 4
    return b"\x32" + bytes([text & 0x7F | 0x80, text >> 7 & 0x7F | 0x80, text >> 14]) + b"x" * text


def seen(call):
    return {
        "code": call.code().name,
        "details": call.details(),
        "trailers": {k: v for k, v in call.trailing_metadata() or () if isinstance(v, str)},
    }


def unary(channel, request, method="Hello", service=SERVICE, **options):
    call = channel.unary_unary(service + method)
    try:
        reply, done = call.with_call(request, timeout=options.pop("timeout", 20), **options)
        return seen(done) | {"reply": reply.hex()}
    except grpc.RpcError as error:
        return seen(error)


def stream(channel, scenario, cancel_after=None, timeout=20):
    call = channel.unary_stream(SERVICE + "WatchDirectives")(b"\x12" + bytes([len(scenario)]) + scenario.encode(), timeout=timeout)
    replies = []
    try:
        for reply in call:
            replies.append(reply.hex())
            if len(replies) == cancel_after:
                call.cancel()
    except (grpc.RpcError, grpc.FutureCancelledError):
        pass
    return seen(call) | {"replies": replies}


def many(channel, count):
    call = channel.unary_unary(SERVICE + "Hello")
    return [future.result().hex() for future in [call.future(hello("answer"), timeout=20) for _ in range(count)]]


def main(address):
    with grpc.insecure_channel(address) as channel:
        result = {
            "unary": unary(channel, hello("answer")),
            "stream": stream(channel, "three"),
            "abort": stream(channel, "abort"),
            "deadline": unary(channel, hello("wait"), timeout=DEADLINE),
            "stream deadline": stream(channel, "forever", timeout=DEADLINE),
            "cancel": stream(channel, "forever", cancel_after=1),
            "refuse": unary(channel, hello("refuse")),
            "pushback": unary(channel, hello("pushback")),
            "fail": unary(channel, hello("fail")),
            "at limit": unary(channel, sized(1024 * 1024)),
            "over limit": unary(channel, sized(1024 * 1024 + 1)),
            "gzip": unary(channel, hello("answer"), compression=grpc.Compression.Gzip),
            "unknown method": unary(channel, b"", method="Bye"),
            "unknown service": unary(channel, b"", service="/other.Service/"),
            "metadata": unary(channel, hello("answer"), metadata=[("note", "x" * 7000), ("blob-bin", bytes(range(256)))]),
            "many": many(channel, 200),
        }
    print(json.dumps(result))


main(sys.argv[1])
