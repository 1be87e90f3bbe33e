"""Certificates of a test's own: an authority, and what it signs or does not sign."""

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Authority:
    """A certificate authority with a file of its certificate."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        certificate = (
            _builder(self._name, self._name, self._key, 0)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.bundle = folder / f"{name}.pem"
        self.bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server(
        self,
        names: Sequence[str],
        *,
        common_name: str = "server",
        days: int = 0,
        is_self_signed: bool = False,
    ) -> ssl.SSLContext:
        """Return what a server needs to speak TLS.

        Args:
            names: Hosts, or addresses after ``IP:``.
            common_name: Of the certificate.
            days: From now to the middle of its life.
            is_self_signed: Not signed by the authority.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(common_name)
        builder = _builder(subject, subject if is_self_signed else self._name, key, days)
        if names:
            alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        certificate = builder.sign(key if is_self_signed else self._key, hashes.SHA256())
        pem = serialization.Encoding.PEM
        form = serialization.PrivateFormat.PKCS8
        path = self._folder / "server.pem"
        path.write_bytes(
            key.private_bytes(pem, form, serialization.NoEncryption())
            + certificate.public_bytes(pem)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _general_name(text: str) -> x509.GeneralName:
    if text.startswith("IP:"):
        return x509.IPAddress(ipaddress.ip_address(text.removeprefix("IP:")))
    return x509.DNSName(text)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    middle = datetime.now(UTC) + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(middle - timedelta(days=1))
        .not_valid_after(middle + timedelta(days=1))
    )
