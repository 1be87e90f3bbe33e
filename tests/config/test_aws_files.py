"""Edits of the AWS files: what is wanted changes, every other byte stays."""

import configparser
import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aws_mfa_process.config import edit
from aws_mfa_process.config.profiles import profile_of_section, read_profiles
from aws_mfa_process.config.text import with_settings, without_settings
from aws_mfa_process.errors import ConfigError
from support.parts import as_plain_user

PAIR = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "wJalr/XUtn=FEMI"}

spaces = st.sampled_from(["", "", " ", "  ", "\t", "    "])
ends = st.sampled_from(["\n", "\n", "\r\n", "\r"])
headers = st.sampled_from(
    ["[a]", "[b]", "[default]", "[profile a]", '[profile "a"]', "[ a ]", "[a] # mine", "[x]y]"]
)
names = st.sampled_from(
    ["aws_access_key_id", "AWS_Secret_Access_Key", "aws_secret_access_key", "region", "s3", "Ünï"]
)
values = st.sampled_from([*PAIR.values(), "", "x", "a = b", "[b]", "# no comment", "\u2028\x0c"])
others = st.sampled_from(
    ["", "", "# a comment", "; another", "#aws_access_key_id = AKIAEXAMPLE", "max = 20", "word"]
)
settings = st.builds(
    lambda name, before, sign, after, value: f"{name}{before}{sign}{after}{value}",
    *(names, spaces, st.sampled_from("=:"), spaces, values),
)
lines = st.builds(lambda indent, text: indent + text, spaces, st.one_of(headers, settings, others))


def parse(text: str) -> dict[str, dict[str, str]]:
    """Read a text as the SDKs do."""
    parser = configparser.RawConfigParser()
    parser.read_file(io.StringIO(text.removeprefix("\ufeff"), newline=None))
    return {name: dict(parser.items(name)) for name in parser.sections()}


def join(mark: str, parts: list[tuple[str, str]], last: str) -> str:
    """Join lines and their ends to a file, but for those that the SDKs would not take there."""
    text = mark
    for line, end in [*parts, (last, "")]:
        try:
            parse(text + line + end)
        except configparser.Error:
            continue
        text += line + end
    return text


texts = st.builds(
    join,
    *(st.sampled_from(["", "\ufeff"]), st.lists(st.tuples(lines, ends), max_size=12), lines),
)
"""What may stand in an AWS file."""


def split(text: str) -> list[str]:
    """Cut a text into its lines, each with its end."""
    return list(io.StringIO(text, newline=""))


@given(texts)
@example("[a]\n  aws_access_key_id = AKIAEXAMPLE\n  aws_secret_access_key = x\n")
@example("[a]\naws_access_key_id = AKIAEXAMPLE\n\n  more\n# c\n  again\nregion = x")
@example("[a]\raws_access_key_id=AKIAEXAMPLE\n\n")
def test_only_what_is_unwanted_goes(text: str) -> None:
    """The settings that are unwanted are gone, the others read as before, no line is new."""
    old = parse(text)
    new = without_settings(
        text, lambda section, name, value: section == "a" and PAIR.get(name) == value
    )
    for section, found in old.items():
        if section == "a":
            old[section] = {name: text for name, text in found.items() if PAIR.get(name) != text}
    assert parse(new) == old
    lines, left = split(text), split(new)
    if any(line.endswith("\r") for line in lines):  # CR and LF of two lines may come together
        lines, left = ([line.rstrip("\r\n") for line in each] for each in (lines, left))
    rest = iter(lines)
    assert all(line in rest for line in left)
    if old == parse(text):
        assert new == text


@given(texts, st.sampled_from(["a", "b", "nobody"]))
@example("[a]\n  region = x\n", "a")
@example("[a]\n [b]", "a")
@example("[a]", "a")
@example("[a]\r\nregion = x", "b")
def test_settings_are_put_where_they_belong(text: str, section: str) -> None:
    """The settings are there afterwards, all others read as before, no other line has changed."""
    old = parse(text)
    new = with_settings(text, section, PAIR, lambda name: name == section)
    old.setdefault(section, {}).update(PAIR)
    assert parse(new) == old
    assert with_settings(new, section, PAIR, lambda name: name == section) == new
    new_lines = iter([line.strip("\r\n") for line in split(new)])
    for line in split(text):
        is_comment = line.lstrip("\ufeff").strip()[:1] in ("#", ";")
        assert not is_comment or line.strip("\r\n") in new_lines


@given(texts)
def test_put_and_taken_away_again_is_as_before(text: str) -> None:
    """What was put into a section and taken away leaves the file as it was, to the byte.

    But for a section that had to be made, and the end of the last line before what was put.
    """
    text = without_settings(text, lambda _, name, __: name in PAIR)
    new = with_settings(text, "a", PAIR, lambda name: name == "a")
    back = without_settings(new, lambda section, name, _: section == "a" and name in PAIR)
    if "a" in parse(text):
        assert back.removesuffix("\n").removesuffix("\r") == text.removesuffix("\n").removesuffix(
            "\r"
        )
    else:
        assert back.startswith(text)


def test_sections_of_the_config_are_known_however_they_are_spelled() -> None:
    """``[profile x]`` is found with quotes and odd blanks, ``[default]`` in both its spellings."""
    text = "[profile  'a']\nx = 1\n[default]\nx = 2\n"
    for profile in ("a", "default"):

        def is_own(section: str, _name: str, _value: str, profile: str = profile) -> bool:
            return profile_of_section(section) == profile

        assert profile_of_section(f"profile {profile}") == profile
        assert without_settings(text, is_own).count("x =") == 1
    assert profile_of_section("sso-session a") == ""
    assert profile_of_section("profile 'a") == ""


def change(path: Path) -> bool:
    """Change a setting in a file."""
    return edit.edit(str(path), lambda text: text.replace("x = 1", "x = 2"))


def test_bytes_that_are_no_text_stay(tmp_path: Path) -> None:
    """Bytes that are not UTF-8, all kinds of line ends and a missing last one are kept."""
    path = tmp_path / "credentials"
    path.write_bytes(b"# \xff\xfe\r\n[a]\rx = 1\n\x00\x85 = ")
    assert change(path)
    assert path.read_bytes() == b"# \xff\xfe\r\n[a]\rx = 2\n\x00\x85 = "


def test_mode_owner_and_link_stay(tmp_path: Path) -> None:
    """An edited file keeps mode and owner, and a link to it stays a link."""
    path = tmp_path / "real" / "credentials"
    path.parent.mkdir()
    path.write_text("x = 1\n")
    path.chmod(0o640)
    if not os.geteuid():
        os.chown(path, 12345, 23456)
    link = tmp_path / "link"
    link.symlink_to(path)
    before = path.stat()
    assert change(link)
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert link.is_symlink()
    assert [file.name for file in path.parent.iterdir()] == ["credentials"]
    assert path.read_text() == "x = 2\n"


def test_a_new_file_is_closed_to_others(tmp_path: Path) -> None:
    """A file that did not exist is made 0600, its folder 0700."""
    path = tmp_path / "aws" / "credentials"
    assert edit.edit(str(path), lambda _: "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_edit_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    """A file in which there is nothing to change is not touched."""
    path = tmp_path / "credentials"
    path.write_text("x = 3\n")
    before = path.stat()
    assert not change(path)
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_change_by_another_program_is_not_lost(tmp_path: Path) -> None:
    """What another program writes while we edit is kept, and the edit made again upon it."""
    path = tmp_path / "credentials"
    path.write_text("x = 1\n")
    seen = []

    def change(text: str) -> str:
        seen.append(text)
        if len(seen) == 1:
            path.write_text("x = 1\ny = 1\n")
        return text.replace("x = 1", "x = 2")

    assert edit.edit(str(path), change)
    assert path.read_text() == "x = 2\ny = 1\n"
    assert len(seen) == 2


def test_an_edit_gives_up_on_a_file_that_never_rests(tmp_path: Path) -> None:
    """A file that changes during every try is left to the other program, with a clear error."""
    path = tmp_path / "credentials"
    path.write_text("0")

    def change(text: str) -> str:
        path.write_text(str(int(text) + 1))
        return "ours"

    with pytest.raises(ConfigError, match="written by another program"):
        edit.edit(str(path), change)
    assert path.read_text() == "5"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_edit_go_with_the_next_one(tmp_path: Path) -> None:
    """A temporary file of a run that was killed is removed, one of another program is not."""
    path = tmp_path / "credentials"
    path.write_text("x = 1\n")
    left = tmp_path / "credentials.4711.aws-mfa-process.tmp"
    left.write_text("secret")
    foreign = tmp_path / "credentials.tmp"
    foreign.write_text("theirs")
    assert change(path)
    assert not left.exists()
    assert foreign.exists()


PROGRAM = """
import sys
from aws_mfa_process.config import edit
from aws_mfa_process.errors import ConfigError
try:
    edit.edit(sys.argv[1], lambda text: text.replace("x = 1", "x = 2"))
except ConfigError as error:
    print(error.message)
"""


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize(
    ("folder", "file", "what"), [(0o500, 0o600, "written"), (0o700, 0, "read")]
)
def test_what_cannot_be_written_is_left(tmp_path: Path, folder: int, file: int, what: str) -> None:
    """A folder without write permission or a file without any: a clear error, nothing changed."""
    path = tmp_path / "aws" / "credentials"
    path.parent.mkdir()
    path.write_text("x = 1\n")
    path.chmod(file)
    path.parent.chmod(folder)
    command = as_plain_user(sys.executable, "-c", PROGRAM, str(path))
    try:
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        path.parent.chmod(0o700)
        path.chmod(0o600)
    assert out == f"{path} cannot be {what}: Permission denied\n"
    assert path.read_text() == "x = 1\n"
    assert [left.name for left in path.parent.iterdir()] == ["credentials"]


def test_what_is_edited_reads_back_as_profiles(tmp_path: Path) -> None:
    """The program's own reader sees what was put into a config with indented settings."""
    path = tmp_path / "config"
    path.write_text("[profile a]\n    region = eu-west-1\n    s3 =\n        max = 2\n")
    put = {"mfa_serial": "arn:x"}
    assert edit.edit(
        str(path),
        lambda text: with_settings(
            text, "profile a", put, lambda name: profile_of_section(name) == "a"
        ),
    )
    found = read_profiles(str(path), str(tmp_path / "none")).profiles["a"]
    assert found == {"mfa_serial": "arn:x", "region": "eu-west-1", "s3": "\nmax = 2"}


WRITER = """
import sys
from aws_mfa_process.config import edit
path, name = sys.argv[1:]
for number in range(25):
    edit.remove_leftovers(path)
    edit.edit(path, lambda text: f"{text}[{name}-{number}]\\n")
"""


def test_edits_at_once_all_arrive(tmp_path: Path) -> None:
    """Programs that edit one file at the same time neither fail nor undo each other's work."""
    path = tmp_path / "config"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name]) for name in "abcd"]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    sections = [f"[{name}-{number}]" for name in "abcd" for number in range(25)]
    assert sorted(path.read_text().split()) == sorted(sections)
    assert list(tmp_path.iterdir()) == [path]
