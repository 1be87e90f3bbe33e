"""`main`: the warm answer, else the command line; the only place that exits."""

import os
import sys
import time

from aws_mfa_process import memo


def main() -> None:
    """Run the program and end the process.

    Exit status: 0 done; 1 AWS or the network said no; 2 the command line or the config is wrong;
    3 a person is needed; 130 Ctrl-C.
    """
    try:
        status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        os._exit(130)
    os._exit(status)  # at once, whatever PYTHONINSPECT wants


def _run(arguments: list[str]) -> int:
    """Give the warm answer and end the process at once, else return the exit status."""
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
    its own library. That one stays, and the folder that we come from.
    """
    own = {
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        os.path.dirname(os.__file__),
    }
    callers = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    callers += [] if sys.flags.safe_path else sys.path[:1]
    left = {os.path.abspath(path) for path in callers} - own
    sys.path[:] = [path for path in sys.path if path and os.path.abspath(path) not in left]


if __name__ == "__main__":
    main()
