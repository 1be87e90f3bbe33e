"""Whose process holds the other end of a connection on loopback."""

import os

NOBODY = -1
SUPERUSER = 0
_HOST_IN_TABLE = "0100007F"
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LOCAL, _REMOTE, _USER, _INODE = 1, 2, 7, 9
"""Columns of the tables (Linux, ``Documentation/networking/proc_net_tcp.rst``)."""
_LOOKS = 3
"""A row can be missed while others come and go."""


def owner_of(client_port: int, server_port: int) -> int | None:
    """Return the user whose process holds the other end of a connection on loopback.

    Returns:
        None where the system does not tell; on Linux it does, and a connection that nobody holds
        any more is `NOBODY`'s.
    """
    ends = [f"{_HOST_IN_TABLE}:{port:04X}" for port in (client_port, server_port)]
    tables = [table for table in _TABLES if os.path.exists(table)]
    for table in tables * _LOOKS:
        with open(table, encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        for row in rows:
            is_it = row[_LOCAL].endswith(ends[0]) and row[_REMOTE].endswith(ends[1])
            if is_it and row[_INODE] != "0":
                return int(row[_USER])
    return NOBODY if tables else None
