"""What STS answers, read from XML.

Its one rule: what is not exactly an answer of STS is odd. Entities are not expanded, since a
document type, which alone could define some, is refused.
"""

from xml.parsers import expat

from aws_mfa_process.aws.plain.wire import Answer, OddError
from aws_mfa_process.values import Any

_DEEPEST = 12
_NAMESPACE_END = "}"
"""As in ``xml.etree``, which botocore uses."""
_OK = 200
_REFUSES = 400
_FAILS = 500
_SIGN_IN = 511


def result_of(answer: Answer, action: str) -> dict[str, Any]:
    """Return the members of the result of an action, texts and mappings by AWS's names.

    As with botocore ``ResponseMetadata`` stands beside them.

    Raises:
        OddError: It is none.
    """
    found = _document(answer.body).get(f"{action}Result") if answer.status == _OK else None
    if isinstance(found, str) and not found.strip():
        found = {}
    if not isinstance(found, dict):
        raise OddError
    return {**found, "ResponseMetadata": _metadata(answer)}


def refusal_in(answer: Answer) -> dict[str, Any] | None:
    """Return an answer that refuses, in the shape that botocore gives it; None for any other.

    Source:
        botocore ``parsers.py``, ``QueryParser``.

    Raises:
        OddError: It has the status of a refusal, and is none of AWS.
    """
    if answer.status < _REFUSES:
        return None
    if answer.status == _SIGN_IN:
        raise OddError
    meta = _metadata(answer)
    body = answer.body.strip()
    if answer.status >= _FAILS and (not body or body.startswith(b"<html>")):
        return {"Error": {"Code": str(answer.status), "Message": ""}, "ResponseMetadata": meta}
    document = _document(answer.body)
    errors = document.get("Errors")
    error = (errors if isinstance(errors, dict) else document).get("Error", {})
    if not isinstance(error, dict):
        raise OddError
    known = {name: error[name] for name in ("Code", "Message") if name in error}
    if not all(isinstance(text, str) for text in known.values()):
        raise OddError
    return {"Error": known, "ResponseMetadata": meta}


def _metadata(answer: Answer) -> dict[str, Any]:
    return {"HTTPStatusCode": answer.status, "HTTPHeaders": dict(answer.headers)}


class _Tree:
    """The elements of a document as nested mappings, by their local names."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[dict[str, Any], list[str]]] = [(self.root, [])]

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise OddError
        self._open.append(({}, []))

    def text(self, data: str) -> None:
        self._open[-1][1].append(data)

    def end(self, name: str) -> None:
        members, texts = self._open.pop()
        above = self._open[-1][0]
        name = name.rpartition(_NAMESPACE_END)[2]
        if name in above:
            raise OddError
        above[name] = members or "".join(texts)


def _document(data: bytes) -> dict[str, Any]:
    """Return what stands in the root of a document, whatever its name."""
    tree = _Tree()
    parser = expat.ParserCreate("utf-8", _NAMESPACE_END)
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own: this is all
    except expat.ExpatError:
        raise OddError from None
    (found,) = tree.root.values()
    return found if isinstance(found, dict) else {}


def _refuse(*_: object) -> None:
    raise OddError
