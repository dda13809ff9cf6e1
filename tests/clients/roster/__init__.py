"""The clients, a file for each language."""

from roster import az, python, tools

CLIENTS = [*python.CLIENTS, *az.CLIENTS, *tools.CLIENTS]
