"""The clients, a file for each language."""

from roster import python

CLIENTS = [*python.CLIENTS]
