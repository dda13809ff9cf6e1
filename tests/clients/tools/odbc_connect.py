"""Logs in by an ODBC driver, as a program does that is linked with unixODBC: connects, and ends.

odbc_connect.py CONNECTION-STRING SECONDS; the error is on standard error.
"""

import ctypes
import sys

ENVIRONMENT, CONNECTION = 1, 2
VERSION, VERSION_3 = 200, 3
LOGIN_TIMEOUT = 103
SUCCESSES = (0, 1)

odbc = ctypes.CDLL("libodbc.so.2")


def made(kind, parent):
    handle = ctypes.c_void_p()
    assert odbc.SQLAllocHandle(kind, parent, ctypes.byref(handle)) in SUCCESSES
    return handle


def reason(connection):
    """All that the driver has to say."""
    texts, state, code, length = [], ctypes.create_string_buffer(6), ctypes.c_int(), ctypes.c_short()
    text = ctypes.create_string_buffer(8192)
    while True:
        number = len(texts) + 1
        got = odbc.SQLGetDiagRec(
            CONNECTION, connection, number, state, ctypes.byref(code), text, len(text), ctypes.byref(length)
        )
        if got not in SUCCESSES:
            return "\n".join(texts)
        texts.append(text.value.decode(errors="replace"))


def main():
    wanted, seconds = sys.argv[1].encode(), int(sys.argv[2])
    environment = made(ENVIRONMENT, None)
    odbc.SQLSetEnvAttr(environment, VERSION, ctypes.c_void_p(VERSION_3), 0)
    connection = made(CONNECTION, environment)
    odbc.SQLSetConnectAttr(connection, LOGIN_TIMEOUT, ctypes.c_void_p(seconds), 0)
    if odbc.SQLDriverConnect(connection, None, wanted, len(wanted), None, 0, None, 0) not in SUCCESSES:
        sys.exit(reason(connection))
    odbc.SQLDisconnect(connection)


main()
