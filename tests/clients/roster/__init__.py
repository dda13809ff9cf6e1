"""The clients, a file for each language."""

from roster import azcopy, go, python

CLIENTS = [*python.CLIENTS, *go.CLIENTS, *azcopy.CLIENTS]
