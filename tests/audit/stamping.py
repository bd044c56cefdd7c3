"""A time stamping authority on this machine: openssl ts behind a small server, with a root and one certificate."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# One certificate alone is in the answer: rfc3161-client refuses two in the order in which openssl writes them.
CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {0}/serial
crypto_device = builtin
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {1}
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """An authority in a folder; `roots` is what its readers trust."""

    def __init__(self, folder: Path, digests: str = "sha256") -> None:
        if not shutil.which("openssl"):
            pytest.skip("openssl is not installed, and nothing else here stamps times")
        folder.mkdir()
        self.folder, self.roots = folder, folder / "roots.pem"
        self.asked = 0
        key, root = _certificate("root of a test authority")
        own_key, own = _certificate("test authority", root, key)
        self.roots.write_bytes(root.public_bytes(Encoding.PEM))
        (folder / "tsa.pem").write_bytes(own.public_bytes(Encoding.PEM))
        (folder / "tsa.key").write_bytes(own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "serial").write_text("01\n")
        (folder / "openssl.cnf").write_text(CONFIG.format(folder, digests))

    def __call__(self, environ, start):
        """Answer one request as RFC 3161 section 3.4 has it."""
        self.asked += 1
        query = self.folder / f"{self.asked}.tsq"
        query.write_bytes(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        answer = self.folder / f"{self.asked}.tsr"
        command = [
            "openssl",
            "ts",
            "-reply",
            "-config",
            self.folder / "openssl.cnf",
            "-queryfile",
            query,
            "-out",
            answer,
        ]
        subprocess.run(command, check=True, capture_output=True)
        content = answer.read_bytes()
        start("200 OK", [("Content-Type", "application/timestamp-reply"), ("Content-Length", str(len(content)))])
        return [content]

    def accepts(self, stamp: Path, message: Path) -> bool:
        """Whether openssl itself accepts a stamp over a message."""
        command = ["openssl", "ts", "-verify", "-in", stamp, "-data", message, "-CAfile", self.roots]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _certificate(name, issuer=None, signer=None):
    """A root, or what a root says may stamp times."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(issuer.subject if issuer else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key((signer or key).public_key()), critical=False)
    )
    if issuer:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return key, builder.sign(signer or key, hashes.SHA256())
