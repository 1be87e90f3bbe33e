"""What the tests stand on: an empty HOME, the practice AWS, a keyring."""

import contextlib
import functools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import hypothesis
import pytest
from botocore.loaders import create_loader

from support import warm
from support.account_lists import LIST
from support.audited import alices_account
from support.certificates import Authority
from support.desktop import Display, screen
from support.home import PROGRAM, Home, processes
from support.iam_world import World
from support.keyring import Keyring
from support.practice import PracticeAWS
from support.prepared import Prepared, log_in
from support.suite import LONGEST, forget_aws, hear_signals
from support.web import Web, gives


def pytest_configure() -> None:
    """Let nothing of whoever starts the tests be in their way."""
    hear_signals()
    forget_aws()
    hypothesis.settings.register_profile("real", deadline=None)
    hypothesis.settings.load_profile("real")  # real files and processes take the time they take


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that in the end no process is left alone with one."""
    places = {Path(__file__).parent / it: place for place, it in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run outside of the checkout, so that every Python finds what is installed."""
    with contextlib.chdir(tmp_path_factory.mktemp("elsewhere")):
        yield


@pytest.fixture(scope="session", autouse=True)
def _data_of_botocore() -> Iterator[None]:
    """Read botocore's data once for all sessions of this process; each would read it anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(create_loader))
        yield


@pytest.fixture(scope="session")
def _sandbox_of_the_session() -> Iterator[PracticeAWS]:
    with PracticeAWS() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox_of_the_session: PracticeAWS) -> PracticeAWS:
    """The practice AWS, as new."""
    _sandbox_of_the_session.reset()
    return _sandbox_of_the_session


@pytest.fixture(scope="session")
def warm_boto3() -> Iterator[warm.Warm]:
    """A process that has loaded boto3, and runs its scripts."""
    with warm.python(warm.BOTO3) as loaded:
        yield loaded


@pytest.fixture(scope="session")
def warm_aws_cli() -> Iterator[warm.Warm]:
    """A process that has loaded the AWS CLI 1, and runs its commands."""
    with warm.python(warm.AWS_CLI_1) as loaded:
        yield loaded


@pytest.fixture
def keyring(home: Home, tmp_path: Path) -> Iterator[Keyring]:
    """A real keyring, unlocked; processes of the home directory find it."""
    keyring = Keyring(home, tmp_path / "runtime")
    yield keyring
    keyring.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An empty home directory; nothing lives on in it."""
    home = Home(tmp_path / "home")
    yield home
    for number in processes(home):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@pytest.fixture
def practice(home: Home, sandbox: PracticeAWS) -> Home:
    """A home directory whose AWS config leads to the practice AWS."""
    sandbox.write_config(home.aws, PROGRAM)
    return home


@pytest.fixture(scope="module")
def _logged_in(
    _sandbox_of_the_session: PracticeAWS, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    return Prepared(tmp_path_factory.mktemp("logged-in") / "home", _sandbox_of_the_session, log_in)


@pytest.fixture
def logged_in(_logged_in: Prepared, home: Home, sandbox: PracticeAWS) -> Home:
    """A home directory with a live MFA session."""
    _logged_in.copy(home, sandbox)
    return home


@pytest.fixture
def world() -> World:
    """An account with one user, who has a key in use and a device."""
    return alices_account()


@pytest.fixture(scope="module")
def _screen() -> Iterator[Display]:
    with screen() as display:
        yield display


@pytest.fixture
def display(_screen: Display) -> Iterator[Display]:
    """A virtual screen, empty before and after."""
    yield _screen
    _screen.clear()


@pytest.fixture
def web(practice: Home, tmp_path: Path) -> Iterator[Web]:
    """A server with a list of accounts, whose certificate processes of the home trust."""
    authority = Authority(tmp_path)
    practice.environ["AWS_CA_BUNDLE"] = str(authority.bundle)
    with Web(authority.server(["IP:127.0.0.1"])) as web:
        web.answers["/accounts.csv"] = gives(LIST)
        yield web
