//! The redirect as a table of nftables: for the numbers see `linux/netfilter/nf_tables.h` and `nfnetlink.h`.
//!
//! One batch makes the table if it is not there, deletes it with all that is in it, and makes it anew: either all of that
//! happens or nothing, and how often it is run makes no difference.

mod expression;

use rustix::io::Errno;

use super::{
    error::RedirectError,
    netlink::{ACK, APPEND, Attributes, CREATE, Family, Message, ask},
    plan::{CHAIN, PRIORITY, Plan, TABLE},
};

/// Makes it.
pub(super) fn make(plan: Plan) -> Result<(), RedirectError> {
    ask(Family::Netfilter, &creation(plan)).map_err(redirect_error)
}

/// Takes it away; whether it was there.
pub(super) fn remove() -> Result<bool, RedirectError> {
    match ask(Family::Netfilter, &batch([delete_table()])) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(redirect_error(errno)),
    }
}

fn redirect_error(errno: Errno) -> RedirectError {
    let error = errno.raw_os_error();
    match errno {
        Errno::PERM | Errno::ACCESS => RedirectError::Denied,
        // No netfilter, no nftables in it, no such address family; and for a type of chain or an expression that could not
        // be loaded, "not found".
        Errno::PROTONOSUPPORT | Errno::OPNOTSUPP | Errno::AFNOSUPPORT | Errno::NOENT => {
            RedirectError::Unsupported { what: "nftables NAT support", error }
        }
        _ => RedirectError::Kernel { what: "the nftables rules", error },
    }
}

fn creation(plan: Plan) -> Vec<Message> {
    let passthrough = plan.passthrough_uid.map(expression::passthrough);
    let rules = passthrough
        .into_iter()
        .chain([expression::redirection(plan.port)]);
    let anew = [new_table(), delete_table(), new_table(), new_chain()];
    batch(
        anew.into_iter()
            .chain(rules.map(|expressions| new_rule(&expressions))),
    )
}

const IPV4: u8 = 2;

/// The fixed part of every message: address family, version, and in network order a resource.
const fn fixed(family: u8, resource: u16) -> [u8; 4] {
    let [high, low] = resource.to_be_bytes();
    [family, 0, high, low]
}

/// nftables within netfilter.
const SUBSYSTEM: u16 = 10;

/// `messages` as a transaction.
fn batch(messages: impl IntoIterator<Item = Message>) -> Vec<Message> {
    const BEGIN: u16 = 0x10;
    const END: u16 = 0x11;
    let bracket = |kind| Message::new(kind, 0, &fixed(0, SUBSYSTEM));
    [bracket(BEGIN)]
        .into_iter()
        .chain(messages)
        .chain([bracket(END)])
        .collect()
}

fn message(kind: u16, flags: u16, attributes: &Attributes) -> Message {
    Message::new(SUBSYSTEM << 8 | kind, flags | ACK, &fixed(IPV4, 0)).with(attributes)
}

const TABLE_NAME: u16 = 1;

fn new_table() -> Message {
    const NEW_TABLE: u16 = 0;
    message(NEW_TABLE, CREATE, &Attributes::new().text(TABLE_NAME, TABLE))
}

fn delete_table() -> Message {
    const DELETE_TABLE: u16 = 2;
    message(DELETE_TABLE, 0, &Attributes::new().text(TABLE_NAME, TABLE))
}

fn new_chain() -> Message {
    const NEW_CHAIN: u16 = 3;
    const CHAIN_TABLE: u16 = 1;
    const CHAIN_NAME: u16 = 3;
    const CHAIN_HOOK: u16 = 4;
    const CHAIN_POLICY: u16 = 5;
    const CHAIN_TYPE: u16 = 7;
    const HOOK_NUMBER: u16 = 1;
    const HOOK_PRIORITY: u16 = 2;
    const OUTPUT: u32 = 3;
    const ACCEPT: u32 = 1;
    let hook = Attributes::new()
        .number(HOOK_NUMBER, OUTPUT)
        .put(HOOK_PRIORITY, &PRIORITY.to_be_bytes());
    let chain = Attributes::new()
        .text(CHAIN_TABLE, TABLE)
        .text(CHAIN_NAME, CHAIN)
        .nest(CHAIN_HOOK, &hook)
        .number(CHAIN_POLICY, ACCEPT)
        .text(CHAIN_TYPE, "nat");
    message(NEW_CHAIN, CREATE, &chain)
}

fn new_rule(expressions: &[Attributes]) -> Message {
    const NEW_RULE: u16 = 6;
    const RULE_TABLE: u16 = 1;
    const RULE_CHAIN: u16 = 2;
    const RULE_EXPRESSIONS: u16 = 4;
    const ELEMENT: u16 = 1;
    let list = expressions
        .iter()
        .fold(Attributes::new(), |list, expression| list.nest(ELEMENT, expression));
    let rule = Attributes::new()
        .text(RULE_TABLE, TABLE)
        .text(RULE_CHAIN, CHAIN)
        .nest(RULE_EXPRESSIONS, &list);
    message(NEW_RULE, CREATE | APPEND, &rule)
}

#[cfg(test)]
mod tests {
    use super::{Errno, Plan, RedirectError, creation, redirect_error};
    use crate::redirect::netlink::hex;

    /// What the kernel makes of them is proven in a network namespace, against `nft`.
    #[test]
    #[cfg(target_endian = "little")]
    fn the_bytes_stay_as_they_are() {
        insta::assert_snapshot!(hex(&creation(Plan { port: 4254, passthrough_uid: None })), @"
        14000000 10000100 01000000 00000000
        0000000a 28000000 000a0504 02000000
        00000000 02000000 12000100 77697370
        5f726564 69726563 74000000 28000000
        020a0500 03000000 00000000 02000000
        12000100 77697370 5f726564 69726563
        74000000 28000000 000a0504 04000000
        00000000 02000000 12000100 77697370
        5f726564 69726563 74000000 58000000
        030a0504 05000000 00000000 02000000
        12000100 77697370 5f726564 69726563
        74000000 0b000300 6f757470 75740000
        14000480 08000100 00000003 08000200
        ffffff92 08000500 00000001 08000700
        6e617400 90010000 060a050c 06000000
        00000000 02000000 12000100 77697370
        5f726564 69726563 74000000 0b000200
        6f757470 75740000 5c010480 34000180
        0c000100 7061796c 6f616400 24000280
        08000100 00000001 08000200 00000001
        08000300 00000010 08000400 00000004
        2c000180 08000100 636d7000 20000280
        08000100 00000001 08000200 00000000
        0c000380 08000100 a9fea9fe 24000180
        09000100 6d657461 00000000 14000280
        08000100 00000001 08000200 00000010
        2c000180 08000100 636d7000 20000280
        08000100 00000001 08000200 00000000
        0c000380 05000100 06000000 34000180
        0c000100 7061796c 6f616400 24000280
        08000100 00000001 08000200 00000002
        08000300 00000002 08000400 00000002
        2c000180 08000100 636d7000 20000280
        08000100 00000001 08000200 00000000
        0c000380 06000100 00500000 2c000180
        0e000100 696d6d65 64696174 65000000
        18000280 08000100 00000001 0c000280
        06000100 109e0000 1c000180 0a000100
        72656469 72000000 0c000280 08000100
        00000001 14000000 11000100 07000000
        00000000 0000000a
        ");
        insta::assert_snapshot!(hex(&creation(Plan { port: 4254, passthrough_uid: Some(54254) })), @"
        14000000 10000100 01000000 00000000
        0000000a 28000000 000a0504 02000000
        00000000 02000000 12000100 77697370
        5f726564 69726563 74000000 28000000
        020a0500 03000000 00000000 02000000
        12000100 77697370 5f726564 69726563
        74000000 28000000 000a0504 04000000
        00000000 02000000 12000100 77697370
        5f726564 69726563 74000000 58000000
        030a0504 05000000 00000000 02000000
        12000100 77697370 5f726564 69726563
        74000000 0b000300 6f757470 75740000
        14000480 08000100 00000003 08000200
        ffffff92 08000500 00000001 08000700
        6e617400 c4020000 060a050c 06000000
        00000000 02000000 12000100 77697370
        5f726564 69726563 74000000 0b000200
        6f757470 75740000 90020480 34000180
        0c000100 7061796c 6f616400 24000280
        08000100 00000001 08000200 00000001
        08000300 00000010 08000400 00000004
        2c000180 08000100 636d7000 20000280
        08000100 00000001 08000200 00000000
        0c000380 08000100 a9fea9fe 24000180
        09000100 6d657461 00000000 14000280
        08000100 00000001 08000200 00000010
        2c000180 08000100 636d7000 20000280
        08000100 00000001 08000200 00000000
        0c000380 05000100 06000000 34000180
        0c000100 7061796c 6f616400 24000280
        08000100 00000001 08000200 00000002
        08000300 00000002 08000400 00000002
        2c000180 08000100 636d7000 20000280
        08000100 00000001 08000200 00000000
        0c000380 06000100 00500000 24000180
        09000100 6d657461 00000000 14000280
        08000100 00000001 08000200 0000000a
        2c000180 08000100 636d7000 20000280
        08000100 00000001 08000200 00000000
        0c000380 08000100 eed30000 34000180
        0c000100 7061796c 6f616400 24000280
        08000100 00000001 08000200 00000001
        08000300 00000001 08000400 00000001
        44000180 0c000100 62697477 69736500
        34000280 08000100 00000001 08000200
        00000001 08000300 00000001 0c000480
        05000100 fc000000 0c000580 05000100
        00000000 2c000180 08000100 636d7000
        20000280 08000100 00000001 08000200
        00000000 0c000380 05000100 ac000000
        2c000180 0e000100 696d6d65 64696174
        65000000 18000280 08000100 00000001
        0c000280 08000100 a9fea9fe 2c000180
        0e000100 696d6d65 64696174 65000000
        18000280 08000100 00000002 0c000280
        06000100 00500000 30000180 08000100
        6e617400 24000280 08000100 00000001
        08000200 00000002 08000300 00000001
        08000500 00000002 90010000 060a050c
        07000000 00000000 02000000 12000100
        77697370 5f726564 69726563 74000000
        0b000200 6f757470 75740000 5c010480
        34000180 0c000100 7061796c 6f616400
        24000280 08000100 00000001 08000200
        00000001 08000300 00000010 08000400
        00000004 2c000180 08000100 636d7000
        20000280 08000100 00000001 08000200
        00000000 0c000380 08000100 a9fea9fe
        24000180 09000100 6d657461 00000000
        14000280 08000100 00000001 08000200
        00000010 2c000180 08000100 636d7000
        20000280 08000100 00000001 08000200
        00000000 0c000380 05000100 06000000
        34000180 0c000100 7061796c 6f616400
        24000280 08000100 00000001 08000200
        00000002 08000300 00000002 08000400
        00000002 2c000180 08000100 636d7000
        20000280 08000100 00000001 08000200
        00000000 0c000380 06000100 00500000
        2c000180 0e000100 696d6d65 64696174
        65000000 18000280 08000100 00000001
        0c000280 06000100 109e0000 1c000180
        0a000100 72656469 72000000 0c000280
        08000100 00000001 14000000 11000100
        08000000 00000000 0000000a
        ");
    }

    #[test]
    fn what_the_kernel_says_tells_a_missing_part_from_a_missing_right() {
        for missing in [Errno::PROTONOSUPPORT, Errno::OPNOTSUPP, Errno::AFNOSUPPORT, Errno::NOENT] {
            assert!(matches!(redirect_error(missing), RedirectError::Unsupported { .. }), "{missing}");
        }
        assert_eq!(
            (redirect_error(Errno::PERM), redirect_error(Errno::ACCESS)),
            (RedirectError::Denied, RedirectError::Denied)
        );
        assert!(matches!(redirect_error(Errno::INVAL), RedirectError::Kernel { .. }));
    }
}
