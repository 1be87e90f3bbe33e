"""``audit`` of an account that a test makes up."""

import csv
import io

from support.home import Home, Result
from support.iam_server import IAMServer
from support.iam_world import World


def audit(home: Home, world: World, *options: str) -> Result:
    with IAMServer(world) as server:
        names = ("AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_ORGANIZATIONS")
        return home.run("audit", "prod", *options, environ=dict.fromkeys(names, server.url))


def rows(done: Result) -> list[dict[str, str]]:
    noted = "aws-mfa-process: not looked at: "
    assert all(line.startswith(noted) for line in done.err.splitlines()), done
    return list(csv.DictReader(io.StringIO(done.out)))


def found(home: Home, world: World) -> dict[str, set[str]]:
    """Return the numbers of what is found, by name."""
    done = audit(home, world, "--csv")
    return names_in(done)


def names_in(done: Result) -> dict[str, set[str]]:
    """Return the numbers of what a run with ``--csv`` has told, by name."""
    names: dict[str, set[str]] = {}
    for row in rows(done):
        names.setdefault(row["name"], set()).add(row["id"])
    assert done.status == (1 if names else 0)
    return names
