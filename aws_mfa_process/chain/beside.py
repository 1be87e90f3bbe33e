"""What stands beside our line in a profile, and what each SDK makes of it.

Its one rule: one table; a sentence says what the table says. Most of it was seen with the SDKs
themselves (`tests/whole/test_judge_against_sdks.py`); Rust, Java, .NET and Ruby were read.
"""

import shlex
from collections.abc import Callable, Mapping

from aws_mfa_process.chain.view import (
    BOTOCORE,
    DOTNET,
    GO,
    JAVA,
    JS,
    RUBY,
    RUST,
    Act,
    Verdict,
    View,
    acts,
    sentence_of,
)
from aws_mfa_process.config.arns import devices
from aws_mfa_process.config.profiles import KEY_ID, SECRET_KEY
from aws_mfa_process.values import NamedTuple

_SSO = ("sso_account_id", "sso_role_name", "sso_session", "sso_start_url")
_FOR_ROLES = ("mfa_serial", "external_id", "role_session_name", "duration_seconds")
_MOVE = "move it to the profile that the line names, or into the line as an option"


class Beside(NamedTuple):
    """A profile with our line, for the table.

    Attributes:
        profile: Its name.
        config: What the config file says of it.
        credentials: What the credentials file says of it.
        sso_sessions: Names of the ``[sso-session NAME]`` sections.
    """

    profile: str
    config: Mapping[str, str]
    credentials: Mapping[str, str]
    sso_sessions: frozenset[str]

    def has(self, *names: str) -> bool:
        """Tell whether either file has one of some settings."""
        return any(self.config.get(name) or self.credentials.get(name) for name in names)

    def get(self, name: str) -> str:
        """Return a setting of either file."""
        return self.credentials.get(name) or self.config.get(name, "")

    @property
    def lacks_sso_session(self) -> bool:
        """Whether it names an SSO session that is not there."""
        return self.has("sso_session") and self.get("sso_session") not in self.sso_sessions

    @property
    def has_role(self) -> bool:
        """Whether a role is to be assumed from another profile or source."""
        return self.has("role_arn") and not self.has("web_identity_token_file")


class Shadow(NamedTuple):
    """One way in which something beside our line matters.

    Attributes:
        id: Of the verdict.
        what: What stands there, for the sentence.
        names: The settings that do it; the first one that is there is named.
        is_there: Whether a profile is concerned.
        acts: What SDKs do.
        hint: What mends it.
    """

    id: str
    what: str
    names: tuple[str, ...]
    is_there: Callable[[Beside], bool]
    acts: Mapping[str, Act]
    hint: str = _MOVE


_KEYS_HINT = "move the keys to another profile, or into the keyring: aws-mfa-process import {}"
_REMOVE = "remove it, or use another profile for our line"
SHADOWS = (
    Shadow(
        "AMP015",
        "role_arn, without source_profile,",
        ("role_arn",),
        lambda it: it.has_role and not it.has("source_profile", "credential_source", "mfa_serial"),
        acts(
            ("fails", (*BOTOCORE, RUBY, RUST, DOTNET)), ("us and role", (GO,)), ("us", (JS, JAVA))
        ),
    ),
    Shadow(
        "AMP015",
        "role_arn and mfa_serial, without source_profile,",
        ("role_arn",),
        lambda it: (
            it.has_role
            and it.has("mfa_serial")
            and not it.has("source_profile", "credential_source")
        ),
        acts(("fails", (*BOTOCORE, GO, RUBY, RUST, DOTNET)), ("us", (JS, JAVA))),
    ),
    Shadow(
        "AMP016",
        "role_arn and source_profile, which names the profile itself,",
        ("role_arn",),
        lambda it: it.has_role and it.get("source_profile") == it.profile,
        acts(("fails", (*BOTOCORE, JS, GO, DOTNET)), ("us and role", (RUST,))),
    ),
    Shadow(
        "AMP016",
        "role_arn, source_profile and an mfa_serial that lists several devices",
        ("role_arn",),
        lambda it: (
            it.has_role
            and it.get("source_profile") not in ("", it.profile)
            and len(devices(it.get("mfa_serial"))) > 1
        ),
        acts(("fails", (*BOTOCORE, JS, GO, DOTNET))),
    ),
    Shadow(
        "AMP016",
        "role_arn, source_profile and mfa_serial",
        ("role_arn",),
        lambda it: (
            it.has_role
            and it.get("source_profile") not in ("", it.profile)
            and it.has("mfa_serial")
            and len(devices(it.get("mfa_serial"))) == 1
        ),
        acts(("code", BOTOCORE), ("fails", (JS, GO, DOTNET))),
    ),
    Shadow(
        "AMP016",
        "role_arn and source_profile",
        ("role_arn",),
        lambda it: (
            it.has_role
            and it.get("source_profile") not in ("", it.profile)
            and not it.has("mfa_serial")
        ),
        acts(("role", (*BOTOCORE, JS, RUST, JAVA)), ("fails", (GO, DOTNET))),
    ),
    Shadow(
        "AMP016",
        "role_arn and credential_source",
        ("role_arn",),
        lambda it: it.has_role and it.has("credential_source") and not it.has("source_profile"),
        acts(("other", (*BOTOCORE, JS)), ("fails", (GO,))),
    ),
    Shadow(
        "AMP020",
        "web_identity_token_file",
        ("web_identity_token_file",),
        lambda it: it.has("web_identity_token_file") and it.has("role_arn"),
        acts(("other", (*BOTOCORE, JS)), ("fails", (GO,))),
        _REMOVE,
    ),
    Shadow(
        "AMP020",
        "web_identity_token_file, without role_arn,",
        ("web_identity_token_file",),
        lambda it: it.has("web_identity_token_file") and not it.has("role_arn"),
        acts(("fails", (*BOTOCORE, GO)), ("us", (JS,))),
        _REMOVE,
    ),
    Shadow(
        "AMP019",
        "sso_session, which names no [sso-session] of the config file,",
        ("sso_session",),
        lambda it: it.lacks_sso_session,
        acts(("fails", (*BOTOCORE, GO)), ("us", (JS,))),
        _REMOVE,
    ),
    Shadow(
        "AMP019",
        "sso_account_id or sso_role_name",
        _SSO,
        lambda it: it.has("sso_account_id", "sso_role_name") and not it.lacks_sso_session,
        acts(("other", (*BOTOCORE, GO, JAVA)), ("us", (JS,))),
        _REMOVE,
    ),
    Shadow(
        "AMP019",
        "a part of an SSO login",
        _SSO,
        lambda it: (
            it.has("sso_session", "sso_start_url")
            and not it.has("sso_account_id", "sso_role_name")
            and not it.lacks_sso_session
        ),
        acts(("fails", (GO,)), ("us", (*BOTOCORE, JS))),
        _REMOVE,
    ),
    Shadow(
        "AMP012",
        "the static keys",
        (KEY_ID,),
        lambda it: bool(it.credentials.get(KEY_ID) and it.credentials.get(SECRET_KEY)),
        acts(("keys", (*BOTOCORE, JS, GO, RUBY)), ("us", (RUST, JAVA))),
        _KEYS_HINT,
    ),
    Shadow(
        "AMP013",
        "aws_access_key_id, without aws_secret_access_key,",
        (KEY_ID,),
        lambda it: bool(it.credentials.get(KEY_ID)) and not it.credentials.get(SECRET_KEY),
        acts(("fails", (*BOTOCORE, GO)), ("us", (JS,))),
        _REMOVE,
    ),
    Shadow(
        "AMP014",
        "the static keys",
        (KEY_ID,),
        lambda it: (
            bool(it.config.get(KEY_ID) and it.config.get(SECRET_KEY))
            and not it.credentials.get(KEY_ID)
        ),
        acts(("keys", (JS, GO, RUBY)), ("us", (*BOTOCORE, RUST, JAVA)), ("fails", (DOTNET,))),
        _KEYS_HINT,
    ),
    Shadow(
        "AMP017",
        "source_profile or credential_source, without role_arn,",
        ("source_profile", "credential_source"),
        lambda it: it.has("source_profile", "credential_source") and not it.has("role_arn"),
        acts(("us", (*BOTOCORE, JS)), ("fails", (GO, DOTNET))),
    ),
    Shadow(
        "AMP021",
        "login_session",
        ("login_session",),
        lambda it: it.has("login_session"),
        acts(("other", (*BOTOCORE, GO)), ("us", (JS,))),
        _REMOVE,
    ),
    Shadow(
        "AMP018",
        "a setting for roles or MFA",
        _FOR_ROLES,
        lambda it: it.has(*_FOR_ROLES) and not it.has("role_arn"),
        acts(("us", (*BOTOCORE, JS, GO)), ("fails", (DOTNET,))),
    ),
)
"""In the order in which boto3 looks at them, so that the first one counts."""
_NAMES = frozenset(name for shadow in SHADOWS for name in shadow.names)


def _sso_sessions(view: View) -> frozenset[str]:
    named = (line.section.partition("sso-session ") for line in view.config)
    return frozenset(name.strip(" \"'") for before, kind, name in named if kind and not before)


def shadows_of(profile: str, view: View) -> list[Verdict]:
    """Return what beside our line makes an SDK pass it over, assume a role twice or fail."""
    if _NAMES.isdisjoint(view.settings(profile)):
        return []  # as in most
    files = view.files
    needs_session = "sso_session" in view.settings(profile)
    it = Beside(
        profile,
        files.in_config.get(profile, {}),
        files.in_credentials.get(profile, {}),
        _sso_sessions(view) if needs_session else frozenset(),
    )
    found = []
    for shadow in SHADOWS:
        if shadow.is_there(it):
            name = next(name for name in shadow.names if it.has(name))
            place = view.place(profile, name)
            sentence = f"{shadow.what} in {place} beside our line: {sentence_of(shadow.acts)}"
            found.append(
                Verdict(
                    shadow.id,
                    profile,
                    sentence,
                    shadow.hint.format(shlex.quote(profile)),
                    shadow.acts,
                )
            )
    return found
