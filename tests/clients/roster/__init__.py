"""The clients, a file for each language."""

from roster import javascript, python, rust

CLIENTS = [*python.CLIENTS, *javascript.CLIENTS, *rust.CLIENTS]
