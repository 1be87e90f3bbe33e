"""Times as a person reads them: what is left, and until when by the clock on the wall."""

import time

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def left(seconds: float) -> str:
    """Return what is left of a life.

    >>> left(43199), left(2520), left(59), left(28800)
    ('11 h 59 min', '42 min', 'none', '8 h')
    """
    minutes = int(seconds) // _MINUTE
    if minutes <= 0:
        return "none"
    hours, minutes = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes))


def left_in_short(seconds: float) -> str:
    """Return what is left in as few marks as will do.

    >>> left_in_short(43199), left_in_short(2520), left_in_short(59)
    ('11h', '42m', '0m')
    """
    if seconds >= _HOUR:
        return f"{int(seconds) // _HOUR}h"
    return f"{int(seconds) // _MINUTE}m"


def clock(at: float, now: float) -> str:
    """Return a time by the clock on the wall, with the date where that is not today's."""
    then, today = time.localtime(at), time.localtime(now)
    is_today = then[:3] == today[:3]
    return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", then)


def days(seconds: float) -> str:
    """Return an age in days.

    >>> days(100), days(86400), days(34 * 86400)
    ('today', '1 day ago', '34 days ago')
    """
    number = int(seconds) // _DAY
    if number <= 0:
        return "today"
    return f"{number} day{'s' if number > 1 else ''} ago"
