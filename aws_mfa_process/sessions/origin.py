"""Where a source that is not ours has its credentials from, and what could change them.

Its one rule: it names things and opens none. What a login is called on disk is as botocore has it.
"""

import os
import re
from collections.abc import Mapping

from aws_mfa_process.chain.model import Source

_ADDRESSES = ("AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
_REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
_PLACE = ("HOME", "PATH", "USERPROFILE")
_OURS = "AWS_MFA_PROCESS_"


def login_file(source: Source, environ: Mapping[str, str]) -> str:
    """Return the path of what a person or a system has signed in with; empty: there is no file.

    Its content says whether a login is still the one that it was.

    Source:
        botocore ``utils.py`` (``LoginTokenLoader``, ``SSOTokenLoader``) and ``credentials.py``.
    """
    values = dict(source.settings)
    if source.sign_in:
        from aws_mfa_process.store.digests import sha1, sha256

        if source.sign_in == "login":
            name = sha256(values["login_session"].encode()).hexdigest()
            folder = environ.get("AWS_LOGIN_CACHE_DIRECTORY") or "~/.aws/login/cache"
            folder = os.path.expandvars(folder)
        else:
            text = values.get("sso_session") or values.get("sso_start_url", "")
            name = sha1(text.encode(), usedforsecurity=False).hexdigest()
            folder = "~/.aws/sso/cache"
        return os.path.join(os.path.expanduser(folder), f"{name}.json")
    if source.kind == "credential_source":
        return environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "")
    path = values.get("web_identity_token_file", "")
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def surroundings(source: Source, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what, beside files, could change what a source gives; some of it may be secret."""
    if source.sign_in:
        return _with_starts(environ, _ADDRESSES)
    if source.kind == "botocore" and not source.is_uncertain:
        return _with_starts(environ, (*_ADDRESSES, *_REGION))
    found = _with_starts(environ, ("AWS_", *_PLACE))
    command = dict(source.settings).get("credential_process", "")
    if re.search(r"""^["']?[^/\\\s]+[/\\]|(^|[\s"'=])\.\.?[/\\]""", command):  # a relative path
        found["."] = os.getcwd()
    return found


def _with_starts(environ: Mapping[str, str], starts: tuple[str, ...]) -> dict[str, str]:
    return {
        name: text
        for name, text in environ.items()
        if name.startswith(starts) and not name.startswith(_OURS)
    }
