"""The clients, a file for each language."""

from roster import az, azcopy, c, cpp, dotnet, go, java, javascript, python, rust, tools

CLIENTS = [
    *python.CLIENTS,
    *javascript.CLIENTS,
    *go.CLIENTS,
    *azcopy.CLIENTS,
    *java.CLIENTS,
    *rust.CLIENTS,
    *dotnet.CLIENTS,
    *cpp.CLIENTS,
    *c.CLIENTS,
    *az.CLIENTS,
    *tools.CLIENTS,
]
