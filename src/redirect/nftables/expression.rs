//! The expressions of which a rule is made. Each loads something into a register or compares a register; the first that does
//! not hold ends the rule. Their attributes are numbered from 1, in the order of the kernel's enumerations.

use super::{Attributes, IPV4};
use crate::{names::PASSTHROUGH_DSCP, redirect::plan::TARGET};

/// Registers of 16 bytes. Everything goes through the first but a port beside an address.
const FIRST: u32 = 1;
const SECOND: u32 = 2;

/// `ip daddr … tcp dport … meta skuid … ip dscp … dnat to …`: translates to where the connection goes anyway. A plain `return`
/// would leave it to the chains behind this one, and with them to a service mesh.
pub(super) fn passthrough(uid: u32) -> Vec<Attributes> {
    let (address, port) = TARGET;
    let mut expressions = to_target();
    expressions.extend([
        meta(SOCKET_USER),
        // The one value that is compared in the order of the machine.
        is_equal(&uid.to_ne_bytes()),
        // The codepoint has the upper bits of its byte. The kernel uses the lower two, for congestion.
        payload(NETWORK_HEADER, 1, 1),
        masked(DSCP_BITS),
        is_equal(&[PASSTHROUGH_DSCP << DSCP_BITS.trailing_zeros()]),
        immediate(FIRST, &address.octets()),
        immediate(SECOND, &port.to_be_bytes()),
        translation(FIRST, SECOND),
    ]);
    expressions
}

/// `ip daddr … tcp dport … redirect to …`.
pub(super) fn redirection(port: u16) -> Vec<Attributes> {
    let mut expressions = to_target();
    expressions.extend([immediate(FIRST, &port.to_be_bytes()), redirect(FIRST)]);
    expressions
}

/// `ip daddr … tcp dport …`.
fn to_target() -> Vec<Attributes> {
    const TCP: u8 = 6;
    let (address, port) = TARGET;
    vec![
        payload(NETWORK_HEADER, 16, 4),
        is_equal(&address.octets()),
        meta(TRANSPORT_PROTOCOL),
        is_equal(&[TCP]),
        payload(TRANSPORT_HEADER, 2, 2),
        is_equal(&port.to_be_bytes()),
    ]
}

const DSCP_BITS: u8 = 0b1111_1100;

const NETWORK_HEADER: u32 = 1;
const TRANSPORT_HEADER: u32 = 2;

/// Loads `length` bytes of a header from `offset` on.
fn payload(header: u32, offset: u32, length: u32) -> Attributes {
    const REGISTER: u16 = 1;
    const HEADER: u16 = 2;
    const OFFSET: u16 = 3;
    const LENGTH: u16 = 4;
    let data = Attributes::new()
        .number(REGISTER, FIRST)
        .number(HEADER, header)
        .number(OFFSET, offset)
        .number(LENGTH, length);
    expression("payload", &data)
}

const SOCKET_USER: u32 = 10;
const TRANSPORT_PROTOCOL: u32 = 16;

/// Loads something that is known about the packet.
fn meta(key: u32) -> Attributes {
    const REGISTER: u16 = 1;
    const KEY: u16 = 2;
    expression("meta", &Attributes::new().number(REGISTER, FIRST).number(KEY, key))
}

/// Holds if what was loaded is this.
fn is_equal(bytes: &[u8]) -> Attributes {
    const REGISTER: u16 = 1;
    const OPERATION: u16 = 2;
    const DATA: u16 = 3;
    const EQUAL: u32 = 0;
    let data = Attributes::new()
        .number(REGISTER, FIRST)
        .number(OPERATION, EQUAL)
        .nest(DATA, &value(bytes));
    expression("cmp", &data)
}

/// Leaves these bits of the one byte that was loaded.
fn masked(bits: u8) -> Attributes {
    const SOURCE: u16 = 1;
    const DESTINATION: u16 = 2;
    const LENGTH: u16 = 3;
    const MASK: u16 = 4;
    const XOR: u16 = 5;
    let data = Attributes::new()
        .number(SOURCE, FIRST)
        .number(DESTINATION, FIRST)
        .number(LENGTH, 1)
        .nest(MASK, &value(&[bits]))
        .nest(XOR, &value(&[0]));
    expression("bitwise", &data)
}

/// Loads a constant.
fn immediate(register: u32, bytes: &[u8]) -> Attributes {
    const REGISTER: u16 = 1;
    const DATA: u16 = 2;
    let data = Attributes::new()
        .number(REGISTER, register)
        .nest(DATA, &value(bytes));
    expression("immediate", &data)
}

/// Translates the destination to the address and the port in these registers.
fn translation(address: u32, port: u32) -> Attributes {
    const KIND: u16 = 1;
    const FAMILY: u16 = 2;
    const ADDRESS: u16 = 3;
    const PORT: u16 = 5;
    const DESTINATION: u32 = 1;
    let data = Attributes::new()
        .number(KIND, DESTINATION)
        .number(FAMILY, IPV4.into())
        .number(ADDRESS, address)
        .number(PORT, port);
    expression("nat", &data)
}

/// Translates the destination to 127.0.0.1 and the port in this register.
fn redirect(port: u32) -> Attributes {
    const PORT: u16 = 1;
    expression("redir", &Attributes::new().number(PORT, port))
}

fn expression(name: &str, data: &Attributes) -> Attributes {
    const NAME: u16 = 1;
    const DATA: u16 = 2;
    Attributes::new().text(NAME, name).nest(DATA, data)
}

fn value(bytes: &[u8]) -> Attributes {
    const VALUE: u16 = 1;
    Attributes::new().put(VALUE, bytes)
}
