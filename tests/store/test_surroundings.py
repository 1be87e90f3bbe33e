"""What of a process's surroundings keeps it from following another one."""

import pytest

from aws_mfa_process.store.followers import surroundings

PLAIN = {"HOME": "/home/alice"}


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_REGION", "AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "BOTO_X"),
        *("https_proxy", "HTTP_PROXY", "No_Proxy", "all_proxy", "REQUEST_METHOD"),
        *("SSL_CERT_FILE", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "OPENSSL_CONF"),
        *("PYTHONHASHSEED", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "GLIBC_TUNABLES"),
        *("RES_OPTIONS", "RESOLV_HOST_CONF", "LOCALDOMAIN", "HOSTALIASES", "USERPROFILE"),
    ],
)
def test_what_could_change_a_call_is_compared(name: str) -> None:
    """Another value is another digest, and so is none."""
    environs = [PLAIN, *({**PLAIN, name: text} for text in "12")]
    digests = set(map(surroundings, environs))
    assert len(digests) == 3
    assert b"" not in digests


@pytest.mark.parametrize(
    "name",
    ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_VAULT_FILE_PASSPHRASE", "PLUGIN_CLIENT_CERT", "_"],
)
def test_what_changes_no_call_is_not_compared(name: str) -> None:
    """It differs between processes of one program, or is a password of another one."""
    assert surroundings({**PLAIN, name: "x"}) == surroundings(PLAIN)


@pytest.mark.parametrize("name", ["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"])
def test_what_stands_between_cannot_be_compared(name: str) -> None:
    """What is loaded before us is led by variables that nobody knows."""
    assert surroundings({name: "x"}) == b""


def test_no_digest_of_a_password() -> None:
    """From a digest a short one could be found."""
    assert surroundings({"https_proxy": "http://alice:tr0ub4dor@proxy:3128"}) == b""
