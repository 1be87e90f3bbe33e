"""The AWS config and credentials files, read as botocore reads them, without botocore.

Its one rule: files are read here and nowhere else, once; everything above gets plain mappings.
"""

import errno
import functools
import os
import re
import shlex
import stat
import time
from collections.abc import Mapping

from aws_mfa_process.config.reader import UnreadableError, sections_of
from aws_mfa_process.errors import ConfigError
from aws_mfa_process.values import NamedTuple

_MOST_BYTES = 16 * 1024 * 1024
_PIPE_SECONDS = 10
_STEP_SECONDS = 0.5
"""On Windows Ctrl-C is seen between two steps."""
_OWN_HINT = "let it be a file of your own that you may read, and try again"
_KINDS = ("profile", "services", "sso-session")
_PLAIN = re.compile(r"[\w.@:/+=,-]+", re.ASCII)
"""A name that means itself to a shell too."""
Settings = Mapping[str, str]
"""Settings of one profile, as in ``~/.aws/config``."""

KEY_ID, SECRET_KEY = "aws_access_key_id", "aws_secret_access_key"
_TOKENS = ("aws_security_token", "aws_session_token")
"""Both names of the session token, the old one first (botocore ``credentials.py``, ``TOKENS``)."""
SECRETS = (SECRET_KEY, *_TOKENS)


class Profiles(NamedTuple):
    """What the two files say.

    Attributes:
        profiles: Settings by profile name; those of the credentials file over those of the
            config file.
        services: Service-specific settings by name of the ``[services NAME]`` section, then by
            service.
        config_path: For messages.
        in_config: What the config file alone says.
        in_credentials: What the credentials file alone says.
        credentials_path: For messages.
        sso_sessions: Settings by name of the ``[sso-session NAME]`` section.
    """

    profiles: Mapping[str, Settings]
    services: Mapping[str, Mapping[str, Settings]]
    config_path: str
    in_config: Mapping[str, Settings] = {}
    in_credentials: Mapping[str, Settings] = {}
    credentials_path: str = ""
    sso_sessions: Mapping[str, Settings] = {}

    def __repr__(self) -> str:
        """Show the names only: the values hold secrets."""
        return f"Profiles({', '.join(self.profiles)})"

    def has_credentials(self, profile: str) -> bool:
        """Tell whether the credentials file has keys of a profile."""
        return bool(self.in_credentials.get(profile, {}).get(KEY_ID))

    def keys_of(self, profile: str) -> Settings:
        """Return the settings that hold the static keys of a profile, if there are any.

        Id, secret and token come from one file: the credentials file if it has the id, else the
        config file.

        Source:
            botocore ``credentials.py``, ``SharedCredentialProvider`` and ``ConfigProvider``.
        """
        place = self.in_credentials if self.has_credentials(profile) else self.in_config
        return place.get(profile, {})


def read_profiles(config_path: str, credentials_path: str) -> Profiles:
    """Read the two files; one that is missing counts as empty.

    Raises:
        ConfigError: A file cannot be read or parsed; the message has the line, not its text.

    Source:
        botocore ``configloader.py`` (``build_profile_map``) and ``session.py``
        (``full_config``): a profile's settings in the credentials file win.
    """
    in_config: dict[str, Settings] = {}
    services: dict[str, Mapping[str, Settings]] = {}
    sso_sessions: dict[str, Settings] = {}
    for section, values in _read(config_path).items():
        kind, name = _split_section(section)
        if kind == "profile":
            in_config[name] = values
        elif kind == "services":
            services[name] = {key: _nested(value) for key, value in values.items()}
        elif kind == "sso-session":
            sso_sessions[name] = values
    in_credentials = _read(credentials_path)
    in_both = {
        name: {**in_config.get(name, {}), **values} for name, values in in_credentials.items()
    }
    profiles = {**in_config, **in_both}
    return Profiles(
        profiles,
        services,
        config_path,
        in_config,
        in_credentials,
        credentials_path,
        sso_sessions,
    )


def session_token(keys: Settings) -> str:
    """Return the session token that stands beside static keys, under either name."""
    return next((keys[name] for name in _TOKENS if name in keys), "")


def environment_token(environ: Mapping[str, str]) -> str:
    """Return the session token of the environment, under either name."""
    return environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN", "")


def profile_of_section(section: str) -> str:
    """Return the profile that a section of the config file means; empty for one of another kind.

    >>> profile_of_section('profile "prod"'), profile_of_section("prod")
    ('prod', '')
    """
    kind, name = _split_section(section)
    return name if kind == "profile" else ""


@functools.cache
def _split_section(section: str) -> tuple[str, str]:
    """Return kind and name of a section of the config file; ("", "") for one not of ours."""
    if section == "default":
        return "profile", "default"
    kind, _, name = section.partition(" ")
    if kind in _KINDS and _PLAIN.fullmatch(name):
        return kind, name
    try:
        _, name = shlex.split(section)
    except ValueError:
        return "", ""
    kinds = (kind for kind in _KINDS if section.startswith(kind))
    return next(kinds, ""), name


def _nested(value: str) -> Settings:
    """Return the indented ``key = value`` lines of a setting."""
    pairs = (line.partition("=") for line in value.splitlines() if "=" in line)
    return {key.strip(): text.strip() for key, _, text in pairs}


def all_of(path: str) -> bytes:
    """Return what stands in a file, or comes out of a pipe within 10 seconds.

    Raises:
        OSError: It cannot be read, has more than 16 MiB, or no end in time.
    """
    data = _start_of(path) if stat.S_ISREG(os.stat(path).st_mode) else _in_time(path)
    if len(data) > _MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {_MOST_BYTES >> 20} MiB", path)
    return data


def _in_time(path: str) -> bytes:
    """Read what may never come in a thread, which is left to itself when the time is over."""
    import threading

    found: list[bytes | OSError] = []

    def run() -> None:
        try:
            found.append(_start_of(path))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    end = time.monotonic() + _PIPE_SECONDS
    while thread.is_alive() and time.monotonic() < end:
        thread.join(_STEP_SECONDS)
    if not found:
        raise TimeoutError(
            errno.ETIMEDOUT, f"it has not ended within {_PIPE_SECONDS} seconds", path
        )
    if isinstance(found[0], OSError):
        raise found[0]
    return found[0]


def _start_of(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(_MOST_BYTES + 1)


def _read(path: str) -> Mapping[str, Settings]:
    try:
        text = all_of(path).decode()
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if text.startswith("\ufeff"):
            raise _unparsable(path, "it starts with a byte order mark; save it without one")
        sections = sections_of(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint=_OWN_HINT) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not text in UTF-8 (byte {error.start})", hint="save it as UTF-8"
        ) from error
    except UnreadableError as error:
        raise _unparsable(path, error.reason) from None
    if re.search(r"\n[^\S\n]+\S", text):  # else nothing is nested
        _check_nested(path, sections)
    return sections


def _unparsable(path: str, reason: str) -> ConfigError:
    return ConfigError(
        f"{path} cannot be parsed: {reason}",
        hint="the AWS CLI fails on this file too; mend the line and try again",
    )


def _check_nested(path: str, sections: Mapping[str, Settings]) -> None:
    """Refuse a setting that goes on below in lines of which one is not ``key = value``.

    Source:
        botocore ``configloader.py``, ``raw_config_parse`` and ``_parse_nested``.
    """
    for section, values in sections.items():
        for name, value in values.items():
            lines = value.splitlines() if value[:1] == "\n" else []
            if any("=" not in line for line in lines if line.strip()):
                what = f"a line below {name} in [{section}] has no =, which JavaScript and Go pass"
                raise _unparsable(path, f"{what} over")
