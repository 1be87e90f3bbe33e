"""A person who has signed in with ``aws login``, without the AWS CLI."""

import base64
import hashlib
import json
import secrets
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from aws_mfa_process.aws.sources import KNOWS_LOGIN
from aws_mfa_process.sandbox.server.accounts import ALICE
from support.home import PROGRAM, Home
from support.practice import PracticeAWS

CLIENT = "arn:aws:signin:::devtools/same-device"
BACK = "http://127.0.0.1:1/oauth/callback"
LOGIN = ALICE.arn


class Passkey:
    """A browser with a passkey, and the key of who waits for it."""

    def __init__(self, sandbox: PracticeAWS) -> None:
        self.sandbox = sandbox
        self.key = ec.generate_private_key(ec.SECP256R1())

    def sign_in(self) -> dict[str, Any]:
        """Return what stands in the login's file after signing in."""
        verifier = secrets.token_urlsafe(48)
        code = self.code(verifier)
        body = {
            "clientId": CLIENT,
            "grantType": "authorization_code",
            "code": code,
            "codeVerifier": verifier,
            "redirectUri": BACK,
        }
        given = self.ask(body)
        return {**given, "accessToken": self.access(given), "clientId": CLIENT, "dpopKey": self.pem}

    def refresh(self, token: dict[str, Any]) -> dict[str, Any]:
        """Return the file after a refresh, as any other tool does it."""
        refresh = token["refreshToken"]
        given = self.ask(
            {"clientId": CLIENT, "grantType": "refresh_token", "refreshToken": refresh}
        )
        return {**token, **given, "accessToken": self.access(given)}

    def code(self, verifier: str) -> str:
        """Open the address of the sign-in and return the code that comes back."""
        query = {
            "response_type": "code",
            "client_id": CLIENT,
            "state": "x",
            "code_challenge_method": "SHA-256",
            "scope": "openid",
            "redirect_uri": BACK,
            "code_challenge": encoded(hashlib.sha256(verifier.encode()).digest()),
        }
        address = f"{self.sandbox.endpoint_url}/v1/authorize?{urlencode(query)}"
        opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
        with opener.open(address) as answer:
            return str(parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0])

    def ask(self, body: dict[str, str]) -> dict[str, Any]:
        """Send a signed request for keys."""
        url = f"{self.sandbox.endpoint_url}/v1/token"
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"DPoP": self.proof(url), "Content-Type": "a/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def proof(self, url: str) -> str:
        """Prove that the key is ours, for one request."""
        public = self.key.public_key().public_numbers()
        x, y = (encoded(number.to_bytes(32, "big")) for number in (public.x, public.y))
        head = {
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": {"kty": "EC", "x": x, "y": y, "crv": "P-256"},
        }
        payload = {"htm": "POST", "htu": url, "iat": int(time.time()), "jti": secrets.token_hex(8)}
        text = ".".join(encoded(json.dumps(part).encode()) for part in (head, payload))
        signed = self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        halves = [number.to_bytes(32, "big") for number in utils.decode_dss_signature(signed)]
        return f"{text}.{encoded(b''.join(halves))}"

    @property
    def pem(self) -> str:
        """The key, as the AWS CLI writes it."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()

    @staticmethod
    def access(given: dict[str, Any]) -> dict[str, str]:
        """Return keys as they stand in the file, with their end."""
        ends = datetime.fromtimestamp(time.time() + given["expiresIn"], UTC)
        return {
            **given["accessToken"],
            "accountId": ALICE.account_id,
            "expiresAt": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class _Stay(urllib.request.HTTPRedirectHandler, urllib.request.HTTPErrorProcessor):
    """Follows no redirect."""

    def http_response(self, request: object, response: Any) -> Any:  # noqa: ANN401 - of urllib
        del request
        return response


def login_file(home: Home, session: str = LOGIN) -> Path:
    """Return where the login of a person stands."""
    name = hashlib.sha256(session.encode()).hexdigest()
    return home.aws / "login" / "cache" / f"{name}.json"


def write_login(home: Home, token: dict[str, Any]) -> None:
    """Write the file of a login, at once, as the AWS CLI does."""
    path = login_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(token), encoding="utf-8")
    beside.rename(path)


def expired(token: dict[str, Any], left: int = -60) -> dict[str, Any]:
    """Return a login whose keys have so many seconds left."""
    ends = datetime.fromtimestamp(time.time() + left, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**token, "accessToken": {**token["accessToken"], "expiresAt": ends}}


def with_login(home: Home, sandbox: PracticeAWS, left: int | None = None) -> Passkey:
    """Write profiles that start with a login, and sign in; the keys have so many seconds left.

    ``console`` is signed in to; ``login-N`` is a role over it, and ``sdk-N`` what SDKs see. The
    test is left out where botocore is older than ``login_session``.
    """
    if not KNOWS_LOGIN:
        pytest.skip("botocore does not know login_session")
    place = f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
    text = f"[profile console]\nlogin_session = {LOGIN}\n{place}"
    text += f"[profile sdk-console]\ncredential_process = {PROGRAM} --profile console\n{place}"
    for name, arn in sandbox.role_arns.items():
        text += f"[profile login-{name}]\nrole_arn = {arn}\nsource_profile = console\n{place}"
        line = f"{PROGRAM} --profile login-{name}"
        text += f"[profile sdk-{name}]\ncredential_process = {line}\n{place}"
    home.config(text)
    passkey = Passkey(sandbox)
    token = passkey.sign_in()
    write_login(home, token if left is None else expired(token, left))
    return passkey


def with_login_at(home: Home, sandbox: PracticeAWS, url: str) -> None:
    """Write the same profiles, with a login that has ended and is to be refreshed elsewhere."""
    with_login(home, sandbox, left=-60)
    path = home.aws / "config"
    path.write_text(path.read_text().replace(sandbox.endpoint_url, url))


def encoded(data: bytes) -> str:
    """Return base 64 for addresses."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


SSO_ROLES = {"222222222222": "Admin", "333333333333": "Developer", "444444444444": "ReadOnly"}
START = "https://practice.awsapps.com/start"


def write_sso(home: Home, sandbox: PracticeAWS, left: int = 3600) -> None:
    """Sign in with ``aws sso login``: the token has so many seconds left."""
    sso = sandbox.state.sso
    with sso._lock:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        sso._access[access] = sandbox.now() + left
        sso._refresh.add(refresh)
    folder = home.aws / "sso" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "startUrl": START,
        "region": "eu-central-1",
        "accessToken": access,
        "expiresAt": at(left),
        "clientId": "c",
        "clientSecret": "s",
        "registrationExpiresAt": at(86400),
        "refreshToken": refresh,
    }
    name = hashlib.sha1(b"my", usedforsecurity=False).hexdigest()
    (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def with_sso(home: Home, sandbox: PracticeAWS, left: int = 3600) -> list[str]:
    """Write profiles of one SSO session, and sign in; return their names."""
    place = f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
    text = f"[sso-session my]\nsso_start_url = {START}\nsso_region = eu-central-1\n"
    text += "sso_registration_scopes = sso:account:access\n"
    names = []
    for number in range(4):
        for account, role in SSO_ROLES.items():
            names.append(f"sso-{role}-{number}")
            text += f"[profile {names[-1]}]\nsso_session = my\nsso_account_id = {account}\n"
            text += f"sso_role_name = {role}\n# {number}\noutput = json\n{place}"
            line = f"{PROGRAM} --profile {names[-1]}"
            text += f"[profile sdk-{names[-1]}]\ncredential_process = {line}\n{place}"
    deep = sandbox.role_arns["Deep"]
    text += f"[profile deep]\nrole_arn = {deep}\nsource_profile = sso-Admin-0\n{place}"
    home.config(text)
    write_sso(home, sandbox, left)
    return names


def at(seconds: int) -> str:
    """Return the time in so many seconds, as AWS writes it."""
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
