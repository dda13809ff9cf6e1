"""The clients, a file for each language."""

from roster import az, azcopy, go, java, javascript, python, tools

CLIENTS = [
    *python.CLIENTS,
    *javascript.CLIENTS,
    *go.CLIENTS,
    *azcopy.CLIENTS,
    *java.CLIENTS,
    *az.CLIENTS,
    *tools.CLIENTS,
]
