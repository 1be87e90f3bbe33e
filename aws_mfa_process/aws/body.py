"""An end for the bodies of answers that botocore reads.

Its one rule: what is longer than any answer of AWS, or has a document type, which could make it
so, is none of AWS.
"""

import functools

import botocore.awsrequest
import botocore.parsers

_MOST_BYTES = 64 << 20
"""A page of all policies of an account is long."""


class UnreadError(botocore.parsers.ResponseParserError):
    """It is no answer of AWS; the rest of it was not read."""


class Answer(botocore.awsrequest.AWSResponse):
    """An HTTP answer as botocore has it."""

    @functools.cached_property
    def content(self) -> bytes:
        """The whole body."""
        read = bytearray()
        for part in self.raw.stream():
            read += part
            if len(read) > _MOST_BYTES:
                self.raw.close()
                raise UnreadError
        if b"<!DOCTYPE" in read:
            raise UnreadError
        return bytes(read)
