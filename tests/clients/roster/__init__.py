"""The clients, a file for each language."""

from roster import java, python

CLIENTS = [*java.CLIENTS, *python.CLIENTS]
