"""Where clients are that come as Python packages, whatever they are written in."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
INSTALLED = ROOT / "target/clients/packages"
MANIFEST = ROOT / "tests/clients/python/packages.txt"

# Programs that use them are Debian's Python's, as nothing else of this suite is to be theirs.
PYTHON = "/usr/bin/python3"

# What the driver's package leaves to the system: its own manager, and the one that programs are linked with.
ODBC_LIBRARIES = str(next((ROOT / "target/clients/debian/usr/lib").glob("*-linux-gnu"), ""))
ODBC_DRIVER = str(next(INSTALLED.glob("mssql_python_odbc/libs/linux/debian_ubuntu/*/lib/libmsodbcsql-*.so.*"), ""))


def version(package):
    """As it is pinned."""
    return re.search(rf"^{package}==(\S+)", MANIFEST.read_text(), re.MULTILINE)[1]


def environment():
    return {"PYTHONPATH": str(INSTALLED)}
