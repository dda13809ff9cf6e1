//! Somebody who asks the metadata service as any user and with any mark, as no program at hand can.

use std::{
    io,
    net::{SocketAddrV4, TcpStream},
    time::Duration,
};

use rustix::{
    net::{AddressFamily, SocketType, connect, ipproto, socket, sockopt},
    process::Uid,
    thread::set_thread_uid,
};

use super::stage::{IMDS, Pod};
use crate::kit::client::Client;

/// Nothing here is further away than the node.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process of the pod, as far as rules can see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker {
    pub(super) user: u32,
    /// The codepoint of what it sends; programs send 0 unless they were told otherwise.
    pub(super) dscp: u8,
}

impl Asker {
    /// An application of `user`.
    pub(super) fn plain(user: u32) -> Self {
        Self { user, dscp: 0 }
    }

    /// The answer of whoever has the metadata service's address for it, or why there is none.
    pub(super) fn ask(self, pod: &Pod) -> String {
        pod.network.inside(|| {
            // Of this thread alone, which ends here.
            set_thread_uid(Uid::from_raw(self.user)).unwrap();
            let socket = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::TCP)).unwrap();
            sockopt::set_ip_tos(&socket, self.dscp << 2).unwrap();
            sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(PATIENCE)).unwrap();
            sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE)).unwrap();
            let service: SocketAddrV4 = IMDS.parse().unwrap();
            if let Err(error) = connect(&socket, &service) {
                return error.to_string();
            }
            exchange(Client::on(TcpStream::from(socket))).unwrap_or_else(|error| error.to_string())
        })
    }
}

fn exchange(mut client: Client) -> io::Result<String> {
    client.send(
        b"GET /metadata/instance?api-version=2021-02-01 HTTP/1.1\r\nHost: 169.254.169.254\r\nMetadata: true\r\n\
          Connection: close\r\n\r\n",
    )?;
    Ok(client.answer(false)?.body)
}
