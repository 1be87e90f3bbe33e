"""`profiles`: the AWS files as botocore reads them, and messages without their content."""

import configparser
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import botocore.configloader
import botocore.exceptions
import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_mfa_process.config.profiles import Profiles, read_profiles
from aws_mfa_process.errors import ConfigError
from support.home import PROGRAM, Home
from support.parts import as_plain_user

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def write(folder: Path, config: str, credentials: str = "") -> tuple[str, str]:
    """Write the two files and return their paths."""
    paths = folder / "config", folder / "credentials"
    for path, text in zip(paths, (config, credentials), strict=True):
        path.write_text(text, encoding="utf-8")
    return str(paths[0]), str(paths[1])


def oracle(config_path: str, credentials_path: str) -> Mapping[str, Mapping[str, object]]:
    """Let botocore read the two files."""
    session = botocore.session.Session()
    session.set_config_variable("config_file", config_path)
    session.set_config_variable("credentials_file", credentials_path)
    found: Mapping[str, Mapping[str, object]] = session.full_config["profiles"]
    return found


def flat(profiles: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    """Return profiles without their nested settings, of which only ``services`` are ours."""
    return {
        name: {
            key: value
            for key, value in values.items()
            if isinstance(value, str) and not value.startswith("\n")
        }
        for name, values in profiles.items()
    }


def assert_read_as_botocore_does(folder: Path, config: str, credentials: str = "") -> Profiles:
    """Compare what we read with what botocore reads."""
    paths = write(folder, config, credentials)
    ours = read_profiles(*paths)
    assert flat(ours.profiles) == flat(oracle(*paths))
    loaded = botocore.configloader.load_config(paths[0])
    for name, services in loaded["services"].items():
        nested = {key: value for key, value in services.items() if isinstance(value, dict)}
        assert {key: ours.services[name][key] for key in nested} == nested
    return ours


@pytest.mark.parametrize(
    "config",
    [
        "",
        "[default]\nregion = a\n[profile p]\nregion=b\n",
        "[profile 'two words']\nregion = a\n",
        '[profile "two words"]\nregion = a\n',
        "[profile p]\nregion = a\n[profile 'p']\noutput = b\n",
        "[default]\nregion = a\n[profile default]\noutput = b\n",
        "[profile default]\nregion = a\n[default]\noutput = b\n",
        "[DEFAULT]\nregion = a\n[profile p]\noutput = b\n[services s]\nsts =\n  endpoint_url = u\n",
        "[ default ]\nregion = a\n[ profile p]\nregion = b\n",
        "[profile]\nregion = a\n[profile a b]\nregion = b\n[profile 'a]\nregion = c\n",
        "[p]\nregion = a\n[sso-session s]\nsso_region = a\n[preview]\nx = y\n",
        "[profiled p]\nregion = a\n",
        "[profile p]\nRegion = A\nROLE_ARN : x # no comment\n; comment\n# comment\n",
        "[profile p]\nregion =\ns3 =\n  addressing_style = path\n  Key = Value\noutput = a\n",
        "[profile p]\nrole_arn = a\n b\n  c\n",
        "[profile p]\nx = %(y)s ${z} 100%\n",
        "[services s]\nSTS =\n  endpoint_url = http://a?b=c\ns3 =\n  endpoint_url = x\n",
        "[profile \u00e9\U0001f511]\nregion = \u00fc\n",
        "[profile p]\r\nregion = a\r\n",
    ],
)
def test_config_is_read_as_botocore_reads_it(tmp_path: Path, config: str) -> None:
    """The sections and settings of odd files mean what they mean to botocore."""
    assert_read_as_botocore_does(tmp_path, config)


def test_credentials_file_wins(tmp_path: Path) -> None:
    """Settings of the credentials file come over those of the config file, one by one."""
    ours = assert_read_as_botocore_does(
        tmp_path,
        "[profile p]\nregion = a\nmfa_serial = x\n[default]\nregion = d\n",
        "[p]\nregion = b\n[q]\nregion = c\n[profile q]\nregion = no\n",
    )
    assert ours.profiles["p"] == {"region": "b", "mfa_serial": "x"}
    assert ours.profiles["q"] == {"region": "c"}


def test_services_are_read_by_name(tmp_path: Path) -> None:
    """The endpoint of a service in a ``services`` section is found."""
    ours = assert_read_as_botocore_does(
        tmp_path, "[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n"
    )
    assert ours.services["local"]["sts"]["endpoint_url"] == "http://127.0.0.1:1"


WORDS = st.sampled_from(
    [
        *("default", "DEFAULT", "profile a", "profile  b", "profile 'a'", 'profile "b c"'),
        *("a", "b c", "profile", "profile a b", "profile it's", "Profile a"),
        *("services s", "services", "sso-session a"),
    ]
)
SETTING = st.tuples(
    st.sampled_from(["region", "Role_ARN", "mfa_serial", "s3", "sts", "a b"]),
    st.sampled_from([" = ", "=", ": "]),
    st.one_of(
        st.text("ab=:#;%$'\" \u00e9", max_size=8),
        st.sampled_from(["\n  k = v\n  l=m = n", "\n\n  k=v", "x\n  y", "\n  k", "\n  k=v\n  l"]),
    ),
)
FILE = st.lists(st.tuples(WORDS, st.lists(SETTING, max_size=4)), max_size=5)


@given(FILE, FILE)
def test_any_file_is_read_as_botocore_reads_it(
    config: list[tuple[str, list[tuple[str, str, str]]]],
    credentials: list[tuple[str, list[tuple[str, str, str]]]],
) -> None:
    """Generated files give the profiles that botocore finds, or an error where it has one."""

    def text(sections: list[tuple[str, list[tuple[str, str, str]]]]) -> str:
        return "".join(
            f"[{name}]\n" + "".join(f"{key}{mark}{value}\n" for key, mark, value in settings)
            for name, settings in sections
        )

    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), text(config), text(credentials))
        try:
            expected = oracle(*paths)
        except botocore.exceptions.ConfigParseError:
            with pytest.raises(ConfigError):
                read_profiles(*paths)
        else:
            assert flat(read_profiles(*paths).profiles) == flat(expected)


def test_missing_files_count_as_empty(tmp_path: Path) -> None:
    """Neither a missing file nor a missing folder is an error."""
    (tmp_path / "file").touch()
    empty = read_profiles(str(tmp_path / "no" / "config"), str(tmp_path / "file" / "credentials"))
    assert (empty.profiles, empty.services) == ({}, {})


BROKEN = {
    "header without its end": (f"[profile {SECRET}\n", "line 1 begins with [ and has no ]"),
    "indented one": (f"# c\n  [p {SECRET}\nx = y\n", "line 2 begins with [ and has no ]"),
    "line before any section": (f"key = {SECRET}\n", "line 1 stands before any [section]"),
    "neither section nor setting": (
        f"[profile p]\nregion = a\n{SECRET}\n",
        "line 3 is neither a section nor a setting",
    ),
    "section twice": (
        f"[profile p]\nx = {SECRET}\n[profile p]\n",
        "line 3: section [profile p] stands there twice",
    ),
    "setting twice": (
        f"[profile p]\nx = {SECRET}\nx = {SECRET}\n",
        "line 3: x stands twice in [profile p]",
    ),
    "byte order mark": (
        f"\ufeff[profile p]\nx = {SECRET}\n",
        "it starts with a byte order mark; save it without one",
    ),
    "byte order mark before a comment": (
        f"\ufeff# {SECRET}\n[p]\n",
        "it starts with a byte order mark; save it without one",
    ),
    "nested line that is no setting": (
        f"[profile p]\ns3 =\n  a = b\n  {SECRET}\n",
        "a line below s3 in [profile p] has no =, which JavaScript and Go pass over",
    ),
    "nested line in a section of no profile": (
        f"[preview]\ns3 =\n  {SECRET}\n",
        "a line below s3 in [preview] has no =, which JavaScript and Go pass over",
    ),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("is_config", [True, False])
def test_broken_file_is_named_with_its_line_and_not_its_text(
    tmp_path: Path, text: str, reason: str, *, is_config: bool
) -> None:
    """What cannot be parsed is refused as botocore does it, without a word of the line."""
    paths = write(tmp_path, *((text, "") if is_config else ("", text)))
    with pytest.raises(botocore.exceptions.ConfigParseError):
        oracle(*paths)
    with pytest.raises(ConfigError) as caught:
        read_profiles(*paths)
    assert caught.value.message == f"{paths[not is_config]} cannot be parsed: {reason}"
    assert SECRET not in caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None


def test_bytes_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    """A file in another encoding is an error that says where."""
    paths = write(tmp_path, "")
    Path(paths[0]).write_bytes(b"[profile p]\nx = \xff" + SECRET.encode())
    with pytest.raises(ConfigError, match=r"is not text in UTF-8 \(byte 16\)"):
        read_profiles(*paths)


def test_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """A directory where the config should be is an error, not an empty config."""
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path} cannot be read: ")):
        read_profiles(str(tmp_path), str(tmp_path / "credentials"))


def test_unreadable_file_is_refused(home: Home) -> None:
    """A credentials file that may not be read is named, with exit status 2."""
    home.config("[profile p]\n", "[p]\n")
    path = home.aws / "credentials"
    path.chmod(0)
    program, *arguments = as_plain_user(PROGRAM, "--profile", "p")
    done = home.run(*arguments, program=program)
    assert (done.status, done.out) == (2, "")
    assert f"{path} cannot be read: Permission denied" in done.err


def test_names_alone_are_shown(tmp_path: Path) -> None:
    """The repr of profiles has no values: they hold secrets."""
    read = read_profiles(*write(tmp_path, f"[profile p]\naws_secret_access_key = {SECRET}\n"))
    assert repr(read) == "Profiles(p)"


def test_parser_errors_are_all_told_apart() -> None:
    """configparser has no further error that a file alone could cause."""
    told = {"DuplicateSectionError", "DuplicateOptionError", "MissingSectionHeaderError"}
    others = {"NoSectionError", "NoOptionError"}  # of a question, not of a file
    found = {kind.__name__ for kind in configparser.Error.__subclasses__()}
    assert found - told - others - {"ParsingError", "InterpolationError"} == set()
