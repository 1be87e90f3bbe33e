"""Which proxy the environment or the system names for an address.

Its one rule: it reads as botocore does, and never less often finds one.
"""

from collections.abc import Callable, Mapping


def proxy_of(
    scheme: str,
    netloc: str,
    environ: Mapping[str, str],
    system: Callable[[], Mapping[str, str] | None],
) -> bool:
    """Tell whether there is, or could be, a proxy for an address.

    Args:
        scheme: Of the address.
        netloc: Host, and port if it is written in the address.
        environ: The environment.
        system: Gives what the system says where the environment says nothing; None: not known.

    Source:
        botocore ``utils.py``, ``get_environ_proxies``, so CPython ``urllib/request.py``,
        ``getproxies_environment`` and ``proxy_bypass_environment``.
    """
    named = {}
    for name, text in environ.items():
        if name.lower().endswith("_proxy") and text:
            named[name.lower().removesuffix("_proxy")] = text
    if "REQUEST_METHOD" in environ:  # then HTTP_PROXY may come from a header
        named.pop("http", None)
    for name, text in environ.items():
        if name.endswith("_proxy"):
            named[name.lower().removesuffix("_proxy")] = text
    named = {name: text for name, text in named.items() if text}
    if not named:
        found = system()
        return found is None or bool(found.get(scheme))
    return bool(named.get(scheme)) and not _is_exempt(netloc.lower(), named.get("no", ""))


def _is_exempt(netloc: str, no_proxy: str) -> bool:
    if no_proxy == "*":
        return True
    hosts = (netloc.partition(":")[0], netloc)
    entries = (entry.strip().lower().lstrip(".") for entry in no_proxy.split(","))
    return any(
        host == entry or host.endswith(f".{entry}") for entry in entries if entry for host in hosts
    )
