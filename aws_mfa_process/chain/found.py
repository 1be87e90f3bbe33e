"""What stands in the AWS files that could use this program, whoever wrote it.

Its one rule: it decides and does nothing; what it does not know is left as it is, and why is said.
"""

import os
import re
import shlex
from collections.abc import Mapping

from aws_mfa_process.config.process_line import mentions_us, own_line, split_command
from aws_mfa_process.config.profiles import (
    KEY_ID,
    SECRET_KEY,
    SECRETS,
    Profiles,
    Settings,
    session_token,
)
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

_INHERITED = ("include_profile", "parent_profile")
"""Settings by which aws-vault takes those of another profile."""
_NOT_INHERITED = (KEY_ID, SECRET_KEY, "credential_process", *_INHERITED)
_VALUED = ("-d", "-t", "--duration", "--format", "--region", "--prompt", "--backend", "--mfa-token")
"""Options of aws-vault and awsume with a value of their own."""
_SIGN_IN = (
    "aws-mfa-process login {0} signs in, and a second profile whose line says --profile {0} takes"
    " it to every SDK"
)
_LEFT = (
    ("sso_", f"SSO: {_SIGN_IN}"),
    ("granted_sso_", "SSO: granted signs in"),
    ("login_session", f"aws login: {_SIGN_IN}"),
    ("web_identity_token_file", "a web identity, which takes no code"),
    ("credential_source", "the credentials of a machine, which take no code"),
)
PLAIN = re.compile(r"(?!-)[\w.@+/:-]+", re.ASCII)
"""A name that every SDK takes as a word of a line."""


class Found(NamedTuple):
    """Profiles by what they are, in the order of the files.

    Attributes:
        roles: Those that assume a role with a user's keys; all their settings, also those that
            aws-vault inherits.
        keys: Those with an access key of a user in plaintext.
        sessions: Those with a session in plaintext.
        lines: Those whose line runs aws-vault, granted or awsume, and the profile that it names.
        served: Those with a line of ours.
        sources: Those that lines of ours name.
        left: Those that are left as they are, and why.
    """

    roles: Mapping[str, Settings]
    keys: tuple[str, ...]
    sessions: tuple[str, ...]
    lines: Mapping[str, str]
    served: tuple[str, ...]
    sources: frozenset[str]
    left: Mapping[str, str]


def find(files: Profiles) -> Found:
    """Look at all profiles."""
    left = {name: why for name in files.profiles if (why := _why_left(files, name))}
    own = {name: files.profiles[name] for name in files.profiles if name not in left}
    lines = {name: values.get("credential_process", "") for name, values in own.items()}
    served = tuple(name for name, line in lines.items() if mentions_us(line))
    sources = frozenset(filter(None, (_named_by_us(name, lines[name]) for name in served)))
    others = {name: other_profile(line) for name, line in lines.items() if line}
    free = [name for name in own if name not in served]
    return Found(
        {
            name: inherited
            for name in free
            if "role_arn" in (inherited := inherited_settings(files, name)) and name not in sources
        },
        tuple(name for name in free if _is_pair(files, name)),
        tuple(name for name in files.in_credentials if session_token(files.keys_of(name))),
        {name: other for name, other in others.items() if other and name not in served},
        served,
        sources,
        left,
    )


def inherited_settings(files: Profiles, name: str) -> Settings:
    """Return the settings of a profile as aws-vault reads them, with those of the ones it names.

    Where it assumes a role and neither it nor those above name a source profile, the profile that
    it includes is that.
    """
    own = values = dict(files.profiles.get(name, {}))
    included = above = _included(values)
    seen = {name}
    while above and above not in seen:
        seen.add(above)
        more = files.profiles.get(above, {})
        values = {key: text for key, text in more.items() if key not in _NOT_INHERITED} | values
        above = _included(more)
    if included and "role_arn" in own:
        values.setdefault("source_profile", included)
    return values


def other_profile(line: str) -> str:
    """Return the profile that a line of aws-vault, granted or awsume names; empty for no such line.

    >>> other_profile("/usr/bin/aws-vault exec --json --duration=8h prod")
    'prod'
    >>> other_profile("granted credential-process --profile dev")
    'dev'
    """
    try:
        program, *words = split_command(line)
    except (ConfigError, ValueError):
        return ""
    tool = os.path.basename(program).removesuffix(".exe")
    named = re.search(r"--profile[= ](\S+)", " ".join(words))
    if tool in ("granted", "dgranted") and named:
        return named[1]
    if tool == "aws-vault" and words[:1] in (["exec"], ["export"]):
        return _first_word(words[1:])
    return _first_word(words) if tool in ("awsume", "awsumepy") else ""


def _first_word(words: list[str]) -> str:
    before = ""
    for word in words:
        if not word.startswith("-") and before not in _VALUED:
            return word
        before = word
    return ""


def _included(values: Settings) -> str:
    return next((values[key] for key in _INHERITED if values.get(key)), "")


def _why_left(files: Profiles, name: str) -> str:
    """Return why a profile is none of our business; empty if it is."""
    values = files.profiles[name]
    for start, why in _LEFT:
        if any(key.startswith(start) for key in values):
            return why.format(shlex.quote(name))
    line = values.get("credential_process", "")
    if _has_keys(files.in_config, name) and _has_keys(files.in_credentials, name):
        return "it has keys in both files, of which one pair would be lost"
    if _has_keys(files.profiles, name) and line and not mentions_us(line):
        return "it has both keys and a line of another program"
    if line and not mentions_us(line) and not other_profile(line):
        try:
            program = os.path.basename(split_command(line)[0])
        except (ConfigError, IndexError):
            program = "a line that cannot be split"
        return f"its credentials come from {program}"
    return ""


def _has_keys(profiles: Mapping[str, Settings], name: str) -> bool:
    return any(key in profiles.get(name, {}) for key in (KEY_ID, *SECRETS))


def _is_pair(files: Profiles, name: str) -> bool:
    values = files.keys_of(name)
    return bool(values.get(KEY_ID) and values.get(SECRET_KEY)) and not session_token(values)


def has_rest(files: Profiles, name: str) -> bool:
    """Tell whether a profile has a part of a pair, which SDKs look at before our line."""
    values = files.profiles.get(name, {})
    return _has_keys(files.profiles, name) and not (values.get(KEY_ID) and values.get(SECRET_KEY))


def _named_by_us(name: str, line: str) -> str:
    try:
        request = own_line(name, line)
    except ConfigError:
        return ""
    return request.profile if request else ""
