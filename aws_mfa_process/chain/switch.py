"""The console's switch-role link of a chain.

Its one rule: pure; what the link cannot express is refused, so that nobody gets another role or a
wider one than the profile has.
"""

import shlex
import zlib
from urllib.parse import quote, urlencode

from aws_mfa_process import APP
from aws_mfa_process.chain.console import Site
from aws_mfa_process.chain.model import Chain, Role, account_id
from aws_mfa_process.errors import ConfigError

_COLOURS = ("F2B0A9", "FBBF93", "FAD791", "B7CA9D", "99BCE3")
"""Red, orange, yellow, green and blue, as the console's own form has them."""
_ROLE_LENGTH = 64
"""Path and name together (IAM user guide, «Switch from a user to an IAM role»)."""
_NAME_LENGTH = 64
_NARROWED = ("external_id", "policy", "policy_arns", "session_tags", "source_identity")
"""Settings of a role for which the link has no place."""


def switch_url(site: Site, chain: Chain) -> str:
    """Return the link that switches who is signed in to the last role of a chain.

    Raises:
        ConfigError: The link cannot express that role.
    """
    role = _role_of(chain)
    names = {
        "account": account_id(role.role_arn),
        "roleName": _path_and_name(role),
        "displayName": chain.profile[:_NAME_LENGTH],
        "color": colour_of(chain.profile),
    }
    return f"{site.switch}/switchrole?{urlencode(names, quote_via=quote)}"


def colour_of(profile: str) -> str:
    """Return the colour of a profile: always the same one, of the console's five.

    >>> colour_of("prod") == colour_of("prod"), len(colour_of("prod"))
    (True, 6)
    """
    return _COLOURS[zlib.crc32(profile.encode()) % len(_COLOURS)]


def _role_of(chain: Chain) -> Role:
    hint = f"{APP} console {shlex.quote(chain.profile)} --federate"
    if not chain.roles:
        raise ConfigError(
            f"profile {chain.profile} has no role, and a switch-role link leads to one",
            hint="sign in to the console as the IAM user, or name the profile of a role",
        )
    role = chain.roles[-1]
    if len(chain.roles) > 1:
        way = " and ".join(_path_and_name(passed) for passed in chain.roles[:-1])
        raise ConfigError(
            f"profile {chain.profile} reaches {_path_and_name(role)} through {way}, but the console"
            " assumes a role from the signed-in user alone",
            hint=hint,
        )
    if dict(chain.source.settings).get("credential_source"):
        raise ConfigError(
            f"the role of profile {chain.profile} is assumed by a machine, and no user could switch"
            " to it",
            hint=hint,
        )
    name = _path_and_name(role)
    if len(name) > _ROLE_LENGTH:
        raise ConfigError(
            f"path and name of the role, {name}, have {len(name)} characters; the console switches"
            f" to roles of at most {_ROLE_LENGTH}",
            hint=hint,
        )
    for setting in _NARROWED:
        if getattr(role, setting):
            raise ConfigError(
                f"profile {chain.profile} has {setting}, which a switch-role link cannot carry",
                hint=hint,
            )
    return role


def _path_and_name(role: Role) -> str:
    """Return a role's name with its path.

    >>> from aws_mfa_process.chain.model import Role
    >>> arn = "arn:aws:iam::444444444444:role/team/ReadOnly"
    >>> _path_and_name(Role("p", arn, None, "", "me", "", (), (), (), ""))
    'team/ReadOnly'
    """
    return role.role_arn.split(":role/", 1)[-1]
