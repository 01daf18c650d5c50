"""Sends one request signed as RFC 9421 (hmac-sha256) and RFC 9530 say, written from those texts with the standard library only.

Reads {"host","port","method","target","body","keyid","secret","created","nonce","components"?,"tamper"?} from standard input, prints {"status","body"}.
`tamper` changes something after the signature was made: the name of a member, and what it becomes.
"""
import base64
import hashlib
import hmac
import http.client
import json
import sys


def field(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


order = json.load(sys.stdin)
body = (order.get("body") or "").encode()
path, _, query = order["target"].partition("?")
digest = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
values = {
    "@method": order["method"],
    "@authority": f"{order['host']}:{order['port']}",
    "@path": path,
    "@query": "?" + query,
    "@target-uri": f"http://{order['host']}:{order['port']}{order['target']}",
    "content-digest": digest,
    "content-type": "application/json",
}
covered = order.get("components") or ["@method", "@authority", "@path"] + (["@query"] if query else []) + (["content-digest", "content-type"] if body else [])
parameters = "(" + " ".join(field(name) for name in covered) + ")" + f";created={order['created']};keyid={field(order['keyid'])};nonce={field(order['nonce'])};alg=\"hmac-sha256\""
base = "".join(f"{field(name)}: {values[name]}\n" for name in covered) + f'"@signature-params": {parameters}'
secret = base64.urlsafe_b64decode(order["secret"] + "=" * (-len(order["secret"]) % 4))
signature = base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()

headers = {"Signature-Input": "sig1=" + parameters, "Signature": f"sig1=:{signature}:"}
if body:
    headers |= {"Content-Digest": digest, "Content-Type": "application/json"}
sent = {"method": order["method"], "target": order["target"], "body": body.decode(), **headers, **order.get("tamper", {})}
for name in list(headers):
    headers[name] = sent[name]
connection = http.client.HTTPConnection(order["host"], order["port"], timeout=60)
connection.request(sent["method"], sent["target"], sent["body"].encode() or None, headers)
answer = connection.getresponse()
json.dump({"status": answer.status, "body": answer.read().decode()}, sys.stdout)
