"""The cluster's own authority, and what it signs: certificates of servers and clients, and the keys of service accounts."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(days=7)


class Authority:
    """Writes `NAME.crt` and `NAME.key` into one folder, its own as `ca`."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = subject("cluster")
        self.write("ca", self.key, self.sign(self.name, self.key, [(x509.BasicConstraints(True, None), True)]))

    def issue(self, name, common_name, groups=(), names=()):
        """A certificate for a server at `names`, and for a client that Kubernetes knows by `common_name` and `groups`."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        alternatives = x509.SubjectAlternativeName([general_name(each) for each in [*names, name]])
        extensions = [(usage, False), (alternatives, False)]
        self.write(name, key, self.sign(subject(common_name, groups), key, extensions))

    def sign(self, name, key, extensions):
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(
            self.name, name, key.public_key(), x509.random_serial_number(), now - datetime.timedelta(hours=1), now + LIFE
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def write(self, name, key, certificate):
        self.write_key(name, key)
        (self.folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def write_key(self, name, key):
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (self.folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))

    def signing_key(self, name):
        """The pair that the tokens of service accounts are signed with: `NAME.key`, and `NAME.pub`."""
        key = rsa.generate_private_key(65537, 2048)
        self.write_key(name, key)
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        (self.folder / f"{name}.pub").write_bytes(key.public_key().public_bytes(*form))


def subject(common_name, groups=()):
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
