"""Where the programs are, and the addresses of the cluster."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
BUILT = ROOT / "target/cluster"
KUBERNETES = BUILT / "kubernetes"
"""etcd and all parts of Kubernetes in one program, told by its first argument which one to be."""
OLDER_API_SERVER = BUILT / "older-apiserver"
DEBIAN = BUILT / "debian"
KUBECTL = ROOT / "target/deploy/bin/1.37/kubectl"
WISPCTL = ROOT / "target/debug/wispctl"

NODE = "10.77.0.1"
SERVICES = "10.96.0.0/16"
FIRST_SERVICE = "10.96.0.1"
PODS = "10.88.0.0/16"
API = f"https://{NODE}:6443"
ISSUER = "https://issuer.cluster.example/"
"""Who signs the tokens of its service accounts. As with clouds, that is not the API server's address."""
ENTRA_PORT = 8443
