"""The failures a person can meet. Imports nothing, so that every module may use it."""


class MFAProcessError(Exception):
    """A failure told in one sentence, with what to do next.

    Attributes:
        message: One sentence for a person; never holds a secret.
        hint: What to do next, best a command; empty when there is nothing to say.
        exit_code: Exit status of the process; belongs to the class.
        shared_by: Whom the failure concerns beside us, by class: all who wait for the same
            ``session``, all who wait for a code of the same ``device``, or ``nobody``.
    """

    exit_code = 1
    shared_by = "session"

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the message and the hint apart: they are printed on two lines."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class STSError(MFAProcessError):
    """AWS refused, or could not be reached.

    Attributes:
        code: AWS's own word for a refusal, such as ``AccessDenied``; empty where it gave none.
    """

    code = ""


class NotSentError(STSError):
    """STS could not be reached at all: a code in the request is still unused."""


class WrongCodeError(STSError):
    """STS refused the MFA code: wrong, or used before."""

    shared_by = "nobody"


class UncheckedCodeError(STSError):
    """STS knows no such device of the user, or will not check its codes for some minutes."""


class CodesRefusedError(STSError):
    """A person gave as many codes as are allowed, and none was accepted."""

    shared_by = "device"


class SessionRejectedError(STSError):
    """STS no longer takes the session of the call, though its time is not over."""


class ConfigError(MFAProcessError):
    """The command line, the AWS config or the environment asks for what cannot be."""

    exit_code = 2


class PersonNeededError(MFAProcessError):
    """Only a person can go on: no terminal, no code in time, no stored key, keyring locked."""

    exit_code = 3
    shared_by = "device"


class QuestionInterruptedError(KeyboardInterrupt):
    """Ctrl-C while a person was asked: a cancel for all who wait for the answer."""


class SourceRefusedError(PersonNeededError):
    """AWS refused what one profile asked for: others of the same login may get theirs."""

    shared_by = "session"


class ProgramFailedError(PersonNeededError):
    """What was to ask, or to give the code or the keys, failed; nobody has refused."""


class CannotAskError(PersonNeededError):
    """This process cannot ask a person; that says nothing about the others that wait."""

    shared_by = "nobody"


class MachineError(MFAProcessError):
    """The system refused something, or a part of the program cannot be loaded."""

    shared_by = "nobody"


def machine_error(error: BaseException) -> MachineError | None:
    """Return what the machine has done, if an exception comes from it; None: it is our own fault.

    A module that is missing, or of another version than the rest, is named: that is an
    installation that was interrupted, or goes on just now.
    """
    is_of_module = isinstance(error, AttributeError) and type(error.obj).__name__ == "module"
    if is_of_module or isinstance(error, ImportError | SyntaxError | EOFError):
        name = getattr(error, "filename", None) or getattr(error, "name", None)
        what = f": {name}" if isinstance(name, str) else ""
        return MachineError(f"a part of the program cannot be loaded{what}", hint=_INSTALL_HINT)
    text = str(error.args[0]) if error.args else ""
    if isinstance(error, OverflowError) and "PyTime_t" in text:
        told = "the clock of this machine is beyond the year 2262"
        return MachineError(told, hint="set the clock, and try again")
    if isinstance(error, OSError):
        name = f" ({error.filename})" if isinstance(error.filename, str) else ""
        reason = f"{error.strerror or 'no reason is known'}{name}"
    elif isinstance(error, MemoryError | SystemError):  # the second: where Python lost the first
        reason = "no memory is left"
    elif isinstance(error, RuntimeError | LookupError) and text.startswith(_OF_SYSTEM):
        reason = text
    else:
        return None
    return MachineError(f"the system refuses what is needed: {reason}", hint=_SYSTEM_HINT)


_OF_SYSTEM = ("can't start new thread", "unknown encoding")
"""What Python says where there are too many threads, and where a codec cannot be loaded."""
_INSTALL_HINT = (
    "try again, if it is being upgraded just now; else install it anew (with pipx:"
    " pipx reinstall aws-mfa-process)"
)
_SYSTEM_HINT = "look at the limits (ulimit -a), the memory and the disks here, and try again"
