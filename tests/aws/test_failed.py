"""What is said of a call that brought no answer."""

from aws_mfa_process.aws.failed import CLOSED, Call, error_of
from aws_mfa_process.chain.model import Endpoint

CALL = Call(
    "sts",
    Endpoint("prod", "eu-central-1", "aws", ""),
    "https://alice:password@proxy.example",
    ("secret", "session", "123456"),
    has_code=True,
)


def test_a_call_is_silent_about_its_secrets() -> None:
    """Neither a call as a value nor its error shows a secret, a code or a password."""
    error = error_of(CALL, CLOSED)
    assert repr(CALL) == "Call(https://proxy.example)"
    assert error.message.startswith("https://proxy.example closed")
    assert CALL.shown(ValueError("of secret and session 123456, t")) == "of *** and *** ***, t"
    assert "password" not in CALL.shown(ValueError(f"at {CALL.url}"))


def test_a_code_that_was_sent_is_used_up() -> None:
    """The hint names the next code only where one was sent."""
    assert error_of(CALL, CLOSED).hint.endswith("then try again with the next code")
    assert error_of(CALL._replace(has_code=False), CLOSED).hint.endswith("then try again")
