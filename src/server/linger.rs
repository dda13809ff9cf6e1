//! The end of a connection that hyper is done with.
//!
//! Closing a socket with something unread in it makes the kernel send a reset, which destroys the answer where the client
//! has not read it yet. So what is left of a request that was refused early is read and dropped, within bounds.

use std::{io, time::Duration};

use tokio::{net::TcpStream, time::timeout};

use super::state::ConnectionState;

/// How long, and how much, a client may go on sending what nobody wants.
const PATIENCE: Duration = Duration::from_millis(250);
const MOST: usize = 256 * 1024;

/// Closes `stream`, whose sending side is closed already. Ends at once on a command.
pub(super) async fn close(stream: &TcpStream, state: &ConnectionState) {
    if let Taken::Some(bytes) = take(stream) {
        tokio::select! {
            () = state.notified() => {}
            _ = timeout(PATIENCE, read_to_end(stream, bytes)) => {}
        }
    }
}

enum Taken {
    /// So many bytes.
    Some(usize),
    /// None yet.
    Nothing,
    /// There will be no more.
    End,
}

async fn read_to_end(stream: &TcpStream, mut bytes: usize) {
    while bytes < MOST && stream.readable().await.is_ok() {
        match take(stream) {
            Taken::Some(more) => bytes += more,
            Taken::Nothing => {}
            Taken::End => return,
        }
    }
}

/// The buffer is not kept while there is nothing to read, so that it is no part of what each connection takes.
fn take(stream: &TcpStream) -> Taken {
    match stream.try_read(&mut [0; 4096]) {
        Ok(0) => Taken::End,
        Ok(bytes) => Taken::Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Taken::Nothing,
        Err(_) => Taken::End,
    }
}
