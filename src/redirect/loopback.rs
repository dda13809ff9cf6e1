//! The redirect as an address: 169.254.169.254/32 on `lo` (`linux/rtnetlink.h`, `if_addr.h`).

use rustix::io::Errno;

use super::{
    error::RedirectError,
    netlink::{ACK, Attributes, CREATE, Family, Message, REPLACE, ask},
    plan::TARGET,
};

const NEW_ADDRESS: u16 = 20;
const DELETE_ADDRESS: u16 = 21;

/// Puts it there; one that is there already stays.
pub(super) fn make() -> Result<(), RedirectError> {
    ask(Family::Route, &[message(NEW_ADDRESS, CREATE | REPLACE)]).map_err(redirect_error)
}

/// Takes it away; whether it was there.
pub(super) fn remove() -> Result<bool, RedirectError> {
    match ask(Family::Route, &[message(DELETE_ADDRESS, 0)]) {
        Ok(()) => Ok(true),
        Err(Errno::ADDRNOTAVAIL) => Ok(false),
        Err(errno) => Err(redirect_error(errno)),
    }
}

fn redirect_error(errno: Errno) -> RedirectError {
    let error = errno.raw_os_error();
    match errno {
        Errno::PERM | Errno::ACCESS => RedirectError::Denied,
        Errno::PROTONOSUPPORT | Errno::OPNOTSUPP | Errno::AFNOSUPPORT => {
            RedirectError::Unsupported { what: "support for adding addresses", error }
        }
        _ => RedirectError::Kernel { what: "the address on lo", error },
    }
}

fn message(kind: u16, flags: u16) -> Message {
    const IPV4: u8 = 2;
    const PREFIX: u8 = 32;
    /// Not to be told to anyone outside.
    const SCOPE_HOST: u8 = 254;
    /// In every network namespace `lo` is the first interface, by the kernel's own definition.
    const LOOPBACK: u32 = 1;
    const ADDRESS: u16 = 1;
    const LOCAL: u16 = 2;
    let mut fixed = vec![IPV4, PREFIX, 0, SCOPE_HOST];
    fixed.extend_from_slice(&LOOPBACK.to_ne_bytes());
    let address = TARGET.0.octets();
    let attributes = Attributes::new()
        .put(LOCAL, &address)
        .put(ADDRESS, &address);
    Message::new(kind, flags | ACK, &fixed).with(&attributes)
}

#[cfg(test)]
mod tests {
    use super::{CREATE, DELETE_ADDRESS, NEW_ADDRESS, REPLACE, message};
    use crate::redirect::netlink::hex;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_bytes_are_those_of_ip_address() {
        insta::assert_snapshot!(hex(&[message(NEW_ADDRESS, CREATE | REPLACE)]), @"
        28000000 14000505 01000000 00000000
        022000fe 01000000 08000200 a9fea9fe
        08000100 a9fea9fe
        ");
        insta::assert_snapshot!(hex(&[message(DELETE_ADDRESS, 0)]), @"
        28000000 15000500 01000000 00000000
        022000fe 01000000 08000200 a9fea9fe
        08000100 a9fea9fe
        ");
    }
}
