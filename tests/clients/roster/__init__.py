"""The clients, a file for each language."""

from roster import javascript, python

CLIENTS = [*python.CLIENTS, *javascript.CLIENTS]
