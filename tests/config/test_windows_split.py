"""Command lines on Windows, split as botocore splits them there."""

import pytest
from botocore.compat import compat_shell_split
from hypothesis import example, given
from hypothesis import strategies as st

from aws_mfa_process.config.process_line import windows_split


@given(st.text(st.sampled_from(" \t\"\\'ab=:"), max_size=24))
@example(r'"C:\Program Files\x.exe" --profile "a b"')
@example(r'x "\\host\share\\" --profile=p')
@example(r"C:\x\y.exe '--profile p'")
@example(r'a \"b c\" "" d')
def test_windows_lines_are_split_as_botocore_does(line: str) -> None:
    """The words are the same; a line that botocore refuses is refused."""
    try:
        expected = compat_shell_split(line, platform="win32")
    except ValueError:
        with pytest.raises(ValueError, match="quotation"):
            windows_split(line)
    else:
        assert windows_split(line) == expected
