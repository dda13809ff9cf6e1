"""An authority made for one test or one cluster, and certificates of it, for services that clients reach over TLS only."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Back-dated, so that a client whose clock is behind trusts it too.
VALID = datetime.timedelta(days=7)
USAGES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


class Authority:
    """`ca` is the PEM file that who trusts it has to know. Certificates are `NAME.crt` in the same folder, beside `NAME.key`."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = folder / "ca.crt"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("CA of a test")
        self.ca.write_bytes(_pem(self._sign(self.name, self.key, [(x509.BasicConstraints(ca=True, path_length=0), True)])))

    def issue(self, name, common_name, groups=(), names=()):
        """A certificate for a server at `names`, DNS names and addresses, and for a client that Kubernetes knows by `common_name`
        and `groups`."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        extensions = [(x509.ExtendedKeyUsage(USAGES), False), (issuer, False)]
        if names:
            extensions.append((x509.SubjectAlternativeName([_general_name(each) for each in names]), False))
        write_key(self.folder / f"{name}.key", key)
        (self.folder / f"{name}.crt").write_bytes(_pem(self._sign(_name(common_name, groups), key, extensions)))

    def _sign(self, subject, key, extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder(
            self.name, subject, key.public_key(), x509.random_serial_number(), now - VALID, now + VALID
        ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())


class Certificate:
    """A server's certificate of an authority of its own: `ca` is the PEM file that a client has to trust (SSL_CERT_FILE for Go and
    OpenSSL), `context` is the server's side."""

    def __init__(self, folder, *names):
        """`names` are the DNS names and addresses of the server."""
        authority = Authority(folder)
        authority.issue("server", "server", names=names)
        self.ca = authority.ca
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "server.crt", folder / "server.key")


def write_key(path, key):
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))


def _name(common_name, groups=()):
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)
