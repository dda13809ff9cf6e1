//! Connections: how many, how long, and how they end.

mod cap;
mod end;
mod idle;

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{GOOD, Served, one_answer, request, target};

async fn until_asked(server: &Served, times: usize) {
    while server.setting.tokens.asked() < times {
        tokio::task::yield_now().await;
    }
}

/// A connection that stays open and was answered once.
async fn kept_alive(server: &Served) -> TcpStream {
    let mut stream = server.connect().await;
    let asked = request("GET", &target("resource=api://x"), GOOD).replace("Connection: close\r\n", "");
    stream.write_all(asked.as_bytes()).await.unwrap();
    one_answer(&mut stream).await;
    stream
}

/// A connection with a request that is never answered of itself.
async fn waiting(server: &Served) -> TcpStream {
    let mut stream = server.connect().await;
    stream
        .write_all(request("GET", &target("resource=api://stuck"), GOOD).as_bytes())
        .await
        .unwrap();
    until_asked(server, 1).await;
    stream
}
