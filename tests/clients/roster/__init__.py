"""The clients, a file for each language."""

from roster import azcopy, go, java, javascript, python

CLIENTS = [*python.CLIENTS, *javascript.CLIENTS, *go.CLIENTS, *azcopy.CLIENTS, *java.CLIENTS]
