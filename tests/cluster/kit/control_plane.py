"""etcd, API server, controllers and scheduler."""

import ssl
import urllib.error
import urllib.request

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kit.places import API, FIRST_SERVICE, ISSUER, KUBERNETES, NODE, SERVICES
from suite.certificate import write_key
from suite.wait import until

ETCD = "http://127.0.0.1:2379"


def start(parts, folder, authority):
    """Starts them, and waits until the API server is ready; leaves `NAME.kubeconfig` for `admin` and `kubelet` in `folder`."""
    keys = authority.folder
    authority.issue("apiserver", "kube-apiserver", names=["localhost", "127.0.0.1", "kubernetes.default.svc", NODE, FIRST_SERVICE])
    authority.issue("admin", "admin", groups=["system:masters"])
    write_signing_keys(keys)
    admin = kubeconfig(folder / "admin.kubeconfig", keys, "admin")

    peers = "http://127.0.0.1:2380"
    etcd = {"data-dir": folder / "etcd", "listen-client-urls": ETCD, "advertise-client-urls": ETCD, "listen-peer-urls": peers}
    parts.start("etcd", KUBERNETES, "etcd", "--unsafe-no-fsync", *flags(etcd))
    parts.start("kube-apiserver", KUBERNETES, "kube-apiserver", *api_server_flags(keys))
    until(lambda: is_ready(keys), "the API server is ready")
    controllers = {
        "kubeconfig": admin,
        "service-account-private-key-file": keys / "service-accounts.key",
        "root-ca-file": keys / "ca.crt",
        "leader-elect": "false",
        "allocate-node-cidrs": "false",
    }
    parts.start("kube-controller-manager", KUBERNETES, "kube-controller-manager", *flags(controllers))
    parts.start("kube-scheduler", KUBERNETES, "kube-scheduler", *flags({"kubeconfig": admin, "leader-elect": "false"}))


def api_server_flags(keys, port=6443, **more):
    """Those of one that answers at this port of the node; its keys and certificates are in a folder."""
    server = {
        "etcd-servers": ETCD,
        "bind-address": "0.0.0.0",
        "advertise-address": NODE,
        "secure-port": port,
        "tls-cert-file": keys / "apiserver.crt",
        "tls-private-key-file": keys / "apiserver.key",
        "client-ca-file": keys / "ca.crt",
        "kubelet-client-certificate": keys / "admin.crt",
        "kubelet-client-key": keys / "admin.key",
        "kubelet-preferred-address-types": "InternalIP",
        "service-account-issuer": ISSUER,
        "service-account-key-file": keys / "service-accounts.pub",
        "service-account-signing-key-file": keys / "service-accounts.key",
        "service-cluster-ip-range": SERVICES,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        # There is no kube-proxy: it calls the pods behind the Service of a webhook by their own addresses.
        "enable-aggregator-routing": "true",
        **more,
    }
    return flags(server)


def write_signing_keys(folder):
    """The pair that the tokens of service accounts are signed with."""
    key = rsa.generate_private_key(65537, 2048)
    write_key(folder / "service-accounts.key", key)
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / "service-accounts.pub").write_bytes(key.public_key().public_bytes(*form))


def flags(values):
    return [f"--{name}={value}" for name, value in values.items()]


def kubeconfig(path, keys, name, server=API):
    """Writes one for the client whose certificate is `name` in the folder `keys`."""
    user = {"client-certificate": str(keys / f"{name}.crt"), "client-key": str(keys / f"{name}.key")}
    fields = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "wisp", "cluster": {"server": server, "certificate-authority": str(keys / "ca.crt")}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "wisp", "context": {"cluster": "wisp", "user": name}}],
        "current-context": "wisp",
    }
    path.write_text(yaml.safe_dump(fields))
    return path


def is_ready(keys, server=API):
    """Whether an API server is, as the client `admin` of the folder `keys` sees it."""
    context = ssl.create_default_context(cafile=keys / "ca.crt")
    context.load_cert_chain(keys / "admin.crt", keys / "admin.key")
    try:
        with urllib.request.urlopen(f"{server}/readyz", context=context, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
