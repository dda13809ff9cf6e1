//! The kernel's list of the pod's connections: it tells where one ended up without a byte being sent on it.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddrV4},
};

/// The connections of the network namespace that this process is in.
const TABLE: &str = "/proc/net/tcp";

/// Whether the connection that `peer` has made ends at this port of 127.0.0.1.
pub(super) fn arrives(peer: SocketAddrV4, port: u16) -> io::Result<bool> {
    fs::read_to_string(TABLE).map(|table| has_end(&table, port, peer))
}

fn has_end(table: &str, port: u16, peer: SocketAddrV4) -> bool {
    let expected = [SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), peer].map(shown);
    table
        .lines()
        .map(|line| line.split_ascii_whitespace().skip(1).take(2))
        .any(|addresses| addresses.eq(expected.iter()))
}

/// As the kernel writes it: the bytes of the address as a number of this machine, and the port.
fn shown(address: SocketAddrV4) -> String {
    format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::has_end;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000 54254        0 1 1 0 100 0 0 10 0
   1: 0500580A:A8CA FEA9FEA9:0050 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 0 10 -1
   2: 0100007F:1F40 0500580A:A8CA 01 00000000:00000000 00:00000000 00000000 54254        0 3 1 0 20 4 0 10 -1
";

    #[test]
    fn a_connection_is_found_by_both_of_its_ends() {
        let found = |port, peer: &str| has_end(TABLE, port, peer.parse().unwrap());
        assert!(found(8000, "10.88.0.5:43210"));
        for (port, peer) in [(8000, "10.88.0.5:43211"), (8000, "10.88.0.6:43210"), (8001, "10.88.0.5:43210")]
        {
            assert!(!found(port, peer), "{port} {peer}");
        }
        // The end that connected is not the end that was reached.
        assert!(!found(43210, "169.254.169.254:80"));
    }
}
