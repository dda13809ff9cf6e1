"""The clients, a file for each language."""

from roster import go, python

CLIENTS = [*python.CLIENTS, *go.CLIENTS]
