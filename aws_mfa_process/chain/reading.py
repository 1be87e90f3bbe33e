"""What the SDKs read differently from each other in one file, or do not read at all.

Its one rule: each verdict quotes what stands there and says both readings; a secret is not quoted.
"""

import re
from collections.abc import Iterator

from aws_mfa_process.chain.view import PathKind, Verdict, View
from aws_mfa_process.config.names import close_match
from aws_mfa_process.config.profiles import KEY_ID, profile_of_section
from aws_mfa_process.config.settings import OWN_NAMES
from aws_mfa_process.config.text import Written

_SECRET = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_OTHER_SECTIONS = ("preview", "plugins", "toolkit", "sso-session", "services")
_PROFILE_SETTINGS = frozenset(
    (
        *("region", "output", "role_arn", "source_profile", "credential_process", "mfa_serial"),
        *(KEY_ID, "sso_session", "sso_start_url", "sso_account_id", "endpoint_url"),
    )
)
_KNOWN = frozenset(
    (
        *(*OWN_NAMES, *_PROFILE_SETTINGS, *_SECRET, "credential_source", "web_identity_token_file"),
        *("sso_region", "sso_role_name", "sso_registration_scopes", "login_session", "services"),
        *("aws_account_id", "ca_bundle"),
    )
)
_NAME = r"[\w@+.%:/-]+"
"""Names that JavaScript sees in the config file."""
_NOT_NAME = r"[^\w@+.%:/-]+"
_QUOTES = r"['\"]"
_NOT_A_PATH: tuple[PathKind, ...] = ("file", "program")


def misread(view: View) -> list[Verdict]:
    """Return what SDKs read differently, in the order of the files."""
    found = [*_folder(view), *_two_defaults(view)]
    path = view.short(view.files.config_path)
    for line in view.config:
        at = f"{path} line {line.line}"
        is_setting = bool(line.name)
        profile = profile_of_section(line.section) if is_setting else ""
        found += _setting(profile, line, at) if is_setting else _header(line, at, view)
    path = view.short(view.files.credentials_path)
    for line in view.credentials:
        at = f"{path} line {line.line}"
        found += _setting(line.section, line, at) if line.name else _credentials_header(line, at)
    found += _sources(view)
    return found


def _folder(view: View) -> Iterator[Verdict]:
    """Find a file where the folder of the two files should be."""
    path = view.files.config_path.replace("\\", "/").rpartition("/")[0]
    if path and view.facts.kind_of(path) in _NOT_A_PATH:
        yield Verdict(
            "AMP052",
            "",
            f"{view.short(path)} is a file, so that no SDK finds a profile",
            f"move it away: mv {view.short(path)} {view.short(path)}.old",
        )


def _two_defaults(view: View) -> Iterator[Verdict]:
    """Find [default] and [profile default] in one file."""
    found = [
        line
        for line in view.config
        if not line.name and profile_of_section(line.section) == "default"
    ]
    if len(found) > 1:
        last = f"[{found[-1].section}]"
        places = f"lines {' and '.join(str(line.line) for line in found)}"
        yield Verdict(
            "AMP042",
            "default",
            f"[default] and [profile default] stand in {view.short(view.files.config_path)},"
            f" {places}: boto3 and the AWS CLI take {last}, the later one; JavaScript and newer Go"
            " programs take [profile default]",
            "put all of it into [default]",
        )


def _setting(profile: str, line: Written, at: str) -> Iterator[Verdict]:
    """Find what is odd about one setting."""
    name, (first, *rest) = line.name, line.value.split("\n")
    shown = line.text.strip()
    comment = re.search(r"\s+([#;].*)$", first)
    if comment and name not in ("credential_process", "mfa_process"):
        whole = "the whole" if name in _SECRET else repr(first)
        cut = "what stands before it" if name in _SECRET else repr(first[: comment.start()])
        yield Verdict(
            "AMP041",
            profile,
            f"{name} in {at} has a comment behind its value: boto3 and the AWS CLI read {whole},"
            f" JavaScript and Go {cut}",
            f"put the comment behind {name} on a line of its own",
        )
    mark = re.search(r"[=:]", shown)
    if mark and mark[0] == ":":
        yield Verdict(
            "AMP043",
            profile,
            f"«{name} :» in {at}: boto3, the AWS CLI and Go read the setting, JavaScript does not",
            f"write {name} = …",
        )
    inner = [match[1] for text in rest if (match := re.match(r"([\w-]+)\s*=", text))]
    if first and inner:
        yield Verdict(
            "AMP046",
            profile,
            f"{inner[0]} stands deeper than {name} in {at} above it: boto3 and the AWS CLI read it"
            f" as a part of {name}, JavaScript and Go as a setting",
            f"let {inner[0]} start where {name} starts",
        )
    if name not in _KNOWN:
        close = close_match(name.replace("-", "_"), _KNOWN, 0.83)  # two of six letters swapped
        if close:
            yield Verdict(
                "AMP053",
                profile,
                f"{name} in {at} is no setting: nobody reads it",
                f"did you mean {close}?",
            )


def _header(line: Written, at: str, view: View) -> Iterator[Verdict]:
    """Find what is odd about a header of the config file."""
    section = line.section
    first, *rest = section.split() or [""]
    if first in ("profile", "default"):
        if rest or first == "default" or _settings(section, view):
            yield from _profile_header(section, rest, at)
        return
    is_meant = bool(rest and close_match(first, ["profile"], 0.8))
    if first.replace("_", "-") in _OTHER_SECTIONS or not (
        is_meant or _PROFILE_SETTINGS & _settings(section, view)
    ):
        return
    name = " ".join(rest) if is_meant else section.strip()
    right = "default" if name.lower() == "default" else f"profile {_plain(name)}"
    if profile_of_section(section):
        told = f"boto3 and the AWS CLI read [{section}] in {at} as [{right}], JavaScript and Go"
        told += " see no profile there"
    else:
        told = f"[{section}] in {at} is no profile for boto3, the AWS CLI and JavaScript, which"
        told += f" want [{right}]"
    yield Verdict("AMP047", name, told, f"write [{right}]")


def _profile_header(section: str, rest: list[str], at: str) -> Iterator[Verdict]:
    """Find what is odd about the header of a profile."""
    name = profile_of_section(section)
    plain = " ".join(rest)
    right = " ".join(section.split())
    if right != section and not re.search(_QUOTES, section):
        who = (
            f"Go reads it as [{right}], boto3, the AWS CLI and JavaScript see no profile there"
            if section != section.strip()
            else f"boto3 and the AWS CLI read it as [{right}], JavaScript sees no profile there"
        )
        hint = f"write [{right}]"
        yield Verdict(
            "AMP044", plain or name, f"[{section}] in {at} has blanks too many: {who}", hint
        )
    elif not name and not rest:
        yield Verdict(
            "AMP049",
            "",
            f"[{section}] in {at} has no name: boto3, the AWS CLI and JavaScript see no profile"
            " there",
            "write [profile NAME], or [default]",
        )
    elif not name:
        odd = "a blank" if len(rest) > 1 else "an open quotation mark or a backslash"
        yield Verdict(
            "AMP049",
            plain,
            f"[{section}] in {at} has {odd} in its name: Go reads {plain!r}, boto3, the AWS CLI"
            " and JavaScript see no profile there",
            f"write [profile {_plain(plain)}], a plain name",
        )
    elif name and (re.search(_QUOTES, section) or not re.fullmatch(_NAME, name)):
        blind = [] if re.fullmatch(_NAME, name) else ["JavaScript"]
        blind += ["Go"] if re.search(_QUOTES, section) else []
        see = "sees" if len(blind) == 1 else "see"
        yield Verdict(
            "AMP045",
            name,
            f"[{section}] in {at}: boto3 and the AWS CLI read {name!r}, {' and '.join(blind)} {see}"
            " no such profile",
            "give it a name of letters, digits and . _ - @ alone, without quotation marks",
        )


def _settings(section: str, view: View) -> set[str]:
    return {it.name for it in view.config if it.section == section and it.name}


def _plain(name: str) -> str:
    return re.sub(_NOT_NAME, "-", name).strip("-") or "NAME"


def _credentials_header(line: Written, at: str) -> Iterator[Verdict]:
    """Find what is odd about a header of the credentials file."""
    section = line.section
    name = section.strip()
    if name != section:
        yield Verdict(
            "AMP044",
            name,
            f"[{section}] in {at} has blanks too many: Go reads it as [{name}], boto3, the AWS CLI"
            " and JavaScript see no such profile",
            f"write [{name}]",
        )
    elif section.startswith("profile "):
        name = section.removeprefix("profile ").strip()
        yield Verdict(
            "AMP048",
            name,
            f"[{section}] in {at} is a profile named {section!r} for boto3 and the AWS CLI, and"
            f" not {name!r}",
            f"write [{name}]: the word profile belongs into the config file alone",
        )
    elif not re.fullmatch(r"[\w@+.%:/!-]+", section):
        yield Verdict(
            "AMP045",
            section,
            f"[{section}] in {at}: boto3 and the AWS CLI read {section!r}, JavaScript sees no such"
            " profile",
            "give it a name of letters, digits and . _ - @ alone",
        )


def _sources(view: View) -> Iterator[Verdict]:
    """Find source_profile that leads nowhere."""
    for profile, values in view.files.profiles.items():
        below = values.get("source_profile")
        if below is None or values.get("credential_process"):
            continue
        at = view.place(profile, "source_profile")
        if not below:
            yield Verdict(
                "AMP051",
                profile,
                f"source_profile in {at} is empty: boto3 and the AWS CLI look for a profile without"
                " a name and fail, Go finds no credentials",
                "write the name of the profile with the keys behind it, or remove the line",
            )
        elif "role_arn" not in values:
            yield Verdict(
                "AMP050",
                profile,
                f"source_profile = {below} in {at} without role_arn: boto3, the AWS CLI and"
                " JavaScript pass it over, Go fails",
                f"add role_arn, or use {below} itself",
            )
