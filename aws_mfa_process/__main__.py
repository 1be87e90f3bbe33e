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
    sys.exit(status)


def _run(arguments: list[str]) -> int:
    """Give the warm answer and end the process at once, else return the exit status."""
    has_output = memo.fill_standard_streams()
    warm = memo.read(arguments, time.time()) or memo.wait(arguments)
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
    from aws_mfa_process import cli

    return cli.main(arguments, has_output=has_output)


if __name__ == "__main__":
    main()
