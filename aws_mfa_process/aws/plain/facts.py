"""What decides where a call goes, read from the world."""

import os
import sys
from collections.abc import Mapping

from aws_mfa_process.aws.plain.place import Facts


def facts() -> Facts:
    """Return what the decision needs; certificates and proxies are looked up when asked for."""
    models = os.path.join(os.path.expanduser("~"), ".aws", "models")
    return Facts(os.environ, os.path.exists(models), _default_bundle, _system_proxies)


def _default_bundle() -> str:
    """Return the certificates that botocore trusts; empty: not found.

    Source:
        botocore ``httpsession.py``: those of certifi where it can be imported, else its own.
    """
    try:
        from certifi import where  # noqa: PLC0415 - only for https, and not installed with us
    except ImportError:
        paths = (os.path.join(folder, "botocore", "cacert.pem") for folder in sys.path)
        return next(filter(os.path.isfile, paths), "")
    return str(where())


def _system_proxies() -> Mapping[str, str] | None:
    """Return what the system says of proxies; None: only botocore knows what that means.

    Source:
        CPython ``urllib/request.py``, ``getproxies``.
    """
    if sys.platform == "darwin":
        from _scproxy import _get_proxies  # noqa: PLC0415 - macOS alone has it

        found: Mapping[str, str] = _get_proxies()
        return found
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - Windows alone has it

        path = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                is_on = winreg.QueryValueEx(key, "ProxyEnable")[0]
        except OSError:
            return {}
        return None if is_on else {}
    return {}
