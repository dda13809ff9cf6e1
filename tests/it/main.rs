//! Tests across rooms, over real sockets of the loopback interface.

mod emulator;
