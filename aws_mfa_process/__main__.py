"""`main`: the warm answer, else the command line; it ends the process."""

import os
import sys
import time

from aws_mfa_process import tell_unloaded


def main() -> None:
    """Run the program and end the process.

    Exit status: 0 done; 1 AWS, the network or this machine said no, or a check has found something;
    2 the command line or the config is wrong; 3 a person is needed; 130 Ctrl-C.
    """
    try:
        status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        os._exit(130)
    except Exception as error:  # noqa: BLE001 - the machine's, before there is a command line
        status = _tell(error)
    os._exit(status)  # at once, whatever PYTHONINSPECT wants


def _tell(error: Exception) -> int:
    """Say what is out of order, also where what says it cannot be loaded; return the status."""
    try:
        _leave_callers_modules()
        from aws_mfa_process import cli

        return cli.tell(error)
    except Exception:  # noqa: BLE001 - same
        tell_unloaded(error)
        return 1


def _run(arguments: list[str]) -> int:
    """Give the warm answer and end the process at once, else return the exit status."""
    from aws_mfa_process import memo  # noqa: PLC0415 - where it is missing, that is told

    has_output = memo.fill_standard_streams()
    warm = memo.read(arguments, time.time())
    if warm is None:
        _leave_callers_modules()
        warm = memo.wait(arguments)
    if warm is not None and has_output:
        answer, is_renewal_due = warm
        try:
            memo.write_answer(answer)
        except OSError:
            pass  # the cold path fails in the same way, and says so
        else:
            if is_renewal_due:
                memo.start_renewal(arguments)
            os._exit(0)
    import gc  # noqa: PLC0415 - not for a warm answer

    gc.disable()  # it would look through what is imported, in a process that soon ends
    from aws_mfa_process import cli

    return cli.main(arguments, has_output=has_output)


def _leave_callers_modules() -> None:
    """Import nothing from where the caller wants modules to come from, or stands.

    The interpreter has put ``PYTHONPATH`` and the folder of the script, or the current one, before
    its own library. That one stays, and the folder that we come from. Nor is what is compiled taken
    from a place of the caller's.
    """
    own = {
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        os.path.dirname(os.__file__),
    }
    wanted = os.environ.get("PYTHONPATH")
    callers = wanted.split(os.pathsep) if wanted else []  # an empty one is the current folder
    callers += [] if sys.flags.safe_path else sys.path[:1]
    left = {_absolute(path) for path in callers} - own
    sys.path[:] = [path for path in sys.path if _absolute(path) not in left]
    sys.pycache_prefix = None


def _absolute(path: str) -> str:
    """Return a path from the root; where the current folder is gone, a relative one is nowhere."""
    try:
        return os.path.abspath(path)
    except OSError:
        return ""


if __name__ == "__main__":
    main()
