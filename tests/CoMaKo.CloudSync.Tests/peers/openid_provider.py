"""An OpenID Connect provider on a free loopback port, on Authlib's authorization server: it keeps codes and PKCE, signs ID tokens and publishes its keys.

Arguments: CLIENT_ID SECRET_FILE. It prints "port N". Whoever comes has been signed in for an hour as the subject that was last typed ("subject NAME"), and signs in anew where the
request asks for it; "rotate" makes a new key, and "forge NAME" lets the following tokens be wrong in one way ("forge none" ends it). Each command is answered by its own line and its number.
"""
import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, AuthorizationCodeMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo

client_id, secret = sys.argv[1], open(sys.argv[2]).read().strip()
state = {"subject": "nobody", "forge": "none", "keys": [], "codes": {}, "redirects": set()}


def make_key(kind):
    options = {"kid": f"k{len(state['keys']) + 1}", "use": "sig"}
    key = JsonWebKey.generate_key("EC", "P-256", options, True) if kind == "EC" else JsonWebKey.generate_key("RSA", 2048, options, True)
    state["keys"].append(key)


class Client(ClientMixin):
    def get_client_id(self):
        return client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri.endswith("/pages/openid/callback")

    def check_client_secret(self, client_secret):
        return client_secret == secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    def __init__(self, request, subject):
        self.redirect_uri, self.scope, self.subject = request.redirect_uri, request.scope, subject
        self.nonce = request.data.get("nonce")
        self.code_challenge = request.data.get("code_challenge")
        self.code_challenge_method = request.data.get("code_challenge_method")
        asks = request.data.get("prompt") == "login" and request.data.get("max_age") == "0"
        self.auth_time = int(time.time()) - (0 if asks and state["forge"] != "sleepy" else 3600)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time


class Grant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

    def save_authorization_code(self, code, request):
        state["codes"][code] = Code(request, request.user)

    def query_authorization_code(self, code, client):
        return state["codes"].get(code)

    def delete_authorization_code(self, authorization_code):
        state["codes"] = {name: each for name, each in state["codes"].items() if each is not authorization_code}

    def authenticate_user(self, authorization_code):
        return authorization_code.subject


class IdTokens(OpenIDCode):
    def exists_nonce(self, nonce, request):
        return False

    def get_jwt_config(self, grant):
        key = state["keys"][-1]
        return {"key": key, "alg": "ES256" if key.kty == "EC" else "RS256", "iss": issuer, "exp": 300}

    def generate_user_info(self, user, scope):
        return UserInfo(sub=user)

    def process_token(self, grant, token):
        token = super().process_token(grant, token)
        forge = state["forge"]
        if forge != "none":
            token["id_token"] = forged(forge, token["id_token"])
        return token


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(how, token):
    """The token, wrong in one way."""
    key = state["keys"][-1]
    claims = dict(jwt.decode(token, key))
    header = {"alg": "ES256" if key.kty == "EC" else "RS256", "kid": key.kid}
    changes = {"issuer": {"iss": "https://evil.example"}, "audience": {"aud": ["other"]}, "nonce": {"nonce": "other"}, "expired": {"exp": int(time.time()) - 3600}, "sleepy": {}, "timeless": {"auth_time": None}, "textual": {"auth_time": str(int(time.time()))}}
    if how in changes:
        return jwt.encode(header, {**claims, **changes[how]}, key).decode()
    if how == "unknown":
        other = JsonWebKey.generate_key("RSA", 2048, {"kid": "evil"}, True)
        return jwt.encode({"alg": "RS256", "kid": "evil"}, claims, other).decode()
    head, body, signature = token.split(".")
    if how == "payload":
        return f"{head}.{part(json.dumps({**claims, 'sub': 'operator'}).encode())}.{signature}"
    if how == "hmac":  # the public key, which everybody knows, as the secret
        head = part(json.dumps({"alg": "HS256", "kid": key.kid}).encode())
        secret_bytes = key.as_pem(is_private=False)
        return f"{head}.{body}.{part(hmac.new(secret_bytes, f'{head}.{body}'.encode(), hashlib.sha256).digest())}"
    if how == "unsigned":
        return f"{part(json.dumps({'alg': 'none'}).encode())}.{body}."
    raise ValueError(how)


class Server(AuthorizationServer):
    def query_client(self, wanted):
        return Client() if wanted == client_id else None

    def save_token(self, token, request):
        pass

    def create_oauth2_request(self, request):
        return request

    def create_json_request(self, request):
        return request

    def send_signal(self, name, *args, **kwargs):
        pass

    def handle_response(self, status, body, headers):
        return status, body, headers


def token_of(grant_type, client, user=None, scope=None, **_):
    return {"token_type": "Bearer", "access_token": hashlib.sha256(str(time.time()).encode()).hexdigest(), "expires_in": 60, "scope": scope}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if isinstance(body, (dict, list)) else str(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/.well-known/openid-configuration":
            self.answer(200, {"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys", "end_session_endpoint": issuer + "/end",
                              "token_endpoint_auth_methods_supported": ["client_secret_basic"]})
        elif path == "/keys":
            self.answer(200, {"keys": [key.as_dict() for key in state["keys"]]})
        elif path == "/authorize":
            if state["forge"] == "refuse":
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                self.answer(302, b"", [("Location", query["redirect_uri"] + "?" + urlencode({"error": "access_denied", "state": query["state"]}))])
                return
            request = OAuth2Request("GET", issuer.replace("http:", "https:") + self.path, None, dict(self.headers))
            self.answer(*server.create_authorization_response(request, grant_user=state["subject"]))
        else:
            self.answer(404, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.answer(*server.create_token_response(OAuth2Request("POST", issuer.replace("http:", "https:") + self.path, form, dict(self.headers))))


make_key("RSA")
http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
issuer = f"http://127.0.0.1:{http.server_port}"
server = Server()
server.register_token_generator("default", token_of)
server.register_grant(Grant, [IdTokens(require_nonce=True), CodeChallenge(required=True)])
threading.Thread(target=http.serve_forever, daemon=True).start()
print(f"port {http.server_port}", flush=True)
for number, line in enumerate(sys.stdin, 1):
    word, *rest = line.split()
    if word == "subject":
        state["subject"] = rest[0]
    elif word == "forge":
        state["forge"] = rest[0]
    elif word == "rotate":
        make_key(rest[0])
    print(f"{word} {number}", flush=True)
