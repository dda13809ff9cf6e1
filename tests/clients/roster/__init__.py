"""The clients, a file for each language."""

from roster import azcopy, go, javascript, python

CLIENTS = [*python.CLIENTS, *javascript.CLIENTS, *go.CLIENTS, *azcopy.CLIENTS]
