"""The clients, a file for each language."""

from roster import az, azcopy, go, java, javascript, python, rust, tools

CLIENTS = [
    *python.CLIENTS,
    *javascript.CLIENTS,
    *go.CLIENTS,
    *azcopy.CLIENTS,
    *java.CLIENTS,
    *rust.CLIENTS,
    *az.CLIENTS,
    *tools.CLIENTS,
]
