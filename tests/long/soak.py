"""What use does over time: a day, 200 processes while things change, 1,000 kills (``make soak``).

The tests do little of each.
"""

import sys

from long import day, kills, many

KILLS = 1000
HOURS = 24
PROCESSES = 200


def main() -> None:
    """Do the long runs and print their figures; the exit status tells whether all is well."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    is_bad = False
    for run, amount in ((day.run, HOURS), (many.run, PROCESSES), (kills.run, count)):
        figures = run(amount)
        sys.stdout.write(f"{figures.text()}\n\n")
        sys.stdout.flush()
        is_bad = is_bad or any(figures.bad.values())
    sys.exit(is_bad)


if __name__ == "__main__":
    main()
