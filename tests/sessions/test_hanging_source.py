"""A sign-in service that never ends its answer."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from support.home import Home, assert_refused, processes
from support.login import with_login_at
from support.practice import PracticeAWS
from support.raw import Raw
from support.waiting import wait_until


def test_sign_in_service_that_hangs(home: Home, sandbox: PracticeAWS) -> None:
    """One that never answers, or drop by drop, is given up in time: two homes wait at once."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    homes = [Home(home.path / name) for name in ("drops", "never")]
    with ExitStack() as stack, ThreadPoolExecutor(len(homes)) as pool:
        running = []
        for each, pause in zip(homes, (0.2, 1000), strict=True):
            service = stack.enter_context(Raw(head + b" " * 5000, pause_seconds=pause))
            with_login_at(each, sandbox, service.url)
            running.append(pool.submit(each.run, "--profile", "console", timeout=100))
        all_done = [future.result() for future in running]
    reason = "the credentials of profile console cannot be had: "
    for done in all_done:
        assert_refused(done, 3, reason, "check network")
    wait_until(lambda: not any(processes(each) for each in homes))
