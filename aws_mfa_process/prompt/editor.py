"""The little of line editing that six digits need, where a terminal gives single keys."""

_INTERRUPT = "\x03"
_ESCAPE = "\x1b"
_ENDS = ("\x04", "\x1a")
"""Ctrl-D and, on Windows, Ctrl-Z: the end of the input."""


class LineEditor:
    r"""A line that is typed key by key.

    >>> line = LineEditor()
    >>> "".join(map(line.take, "12\x7f3\r"))
    '12\x08 \x083'
    >>> line.text
    '13\n'

    Attributes:
        text: What was typed. A whole line ends with a line feed; an empty one is a cancel, as when
            the terminal itself gives lines.
        is_done: Enter was pressed, or the line was cancelled.
    """

    def __init__(self) -> None:
        """Start with an empty line."""
        self.text = ""
        self.is_done = False

    def take(self, key: str) -> str:
        """Take one key and return what is shown for it.

        Raises:
            KeyboardInterrupt: Ctrl-C, which the terminal gave as a key.
        """
        if key == _INTERRUPT:
            raise KeyboardInterrupt
        if key == _ESCAPE or (key in _ENDS and not self.text):
            self.text, self.is_done = "", True
        elif key in ("\r", "\n"):
            self.text, self.is_done = self.text + "\n", True
        elif key in ("\b", "\x7f") and self.text:
            self.text = self.text[:-1]
            return "\b \b"
        elif key.isprintable():
            self.text += key
            return key
        return ""
