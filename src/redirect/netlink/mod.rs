//! Netlink (RFC 3549): messages of a header, a fixed part and attributes, sent to the kernel as one datagram, each answered
//! by an error number.

mod message;
mod reply;

use std::time::Duration;

use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{
        AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType,
        netlink::{NETFILTER, SocketAddrNetlink},
        recv, sendto, socket_with,
        sockopt::{Timeout, set_socket_timeout},
    },
};

#[cfg(test)]
pub(super) use message::tests::hex;
pub(super) use message::{ACK, APPEND, Attributes, CREATE, Message, REPLACE};

/// The kernel answers while the datagram is sent, so this is never waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// More than the answers to a dozen messages, with a copy of each: a socket gives them out one datagram at a time.
const MAX_REPLY: usize = 16 * 1024;

/// A part of the kernel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Family {
    /// Addresses and routes.
    Route,
    /// Packet filters and address translation.
    Netfilter,
}

/// Sends `messages` as one datagram and waits for the answer to each that asks for one. The first error is the result.
pub(super) fn ask(family: Family, messages: &[Message]) -> Result<(), Errno> {
    let socket = open(family)?;
    let (datagram, mut awaited) = message::datagram(messages);
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&socket, &datagram, SendFlags::empty(), &kernel)?;
    let mut buffer = vec![0; MAX_REPLY];
    while awaited > 0 {
        let (_, length) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty())?;
        let answers = reply::answers(buffer.get(..length).unwrap_or_default());
        for answer in answers {
            awaited = awaited.saturating_sub(1);
            answer?;
        }
    }
    Ok(())
}

fn open(family: Family) -> Result<OwnedFd, Errno> {
    // The number of routing is zero, for which the wrapper has no name.
    let protocol: Option<Protocol> = match family {
        Family::Route => None,
        Family::Netfilter => Some(NETFILTER),
    };
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    Ok(socket)
}
