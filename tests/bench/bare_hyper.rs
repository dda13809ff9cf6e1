//! The baseline that wisp is measured against: hyper answering every request with one fixed body.
//!
//! `bare-hyper <address> <body file>`. It speaks through the same libraries, on one thread, with the headers that wisp
//! sends, and does nothing else.

use std::{convert::Infallible, net::SocketAddr};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Request, Response,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderName, HeaderValue, SERVER},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NAME: HeaderValue = HeaderValue::from_static(concat!("bare/", env!("CARGO_PKG_VERSION")));
const ID: HeaderValue = HeaderValue::from_static("00000000-0000-4000-8000-000000000000");

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(body)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: bare-hyper <address> <body file>");
    };
    let address = address.parse()?;
    let body = Bytes::from(std::fs::read(body)?);
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?
        .block_on(serve(address, body))
}

async fn serve(address: SocketAddr, body: Bytes) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve_connection(stream, body.clone()));
    }
}

async fn serve_connection(stream: TcpStream, body: Bytes) {
    // As in wisp, each answer is one write and waits for nothing.
    let _ = stream.set_nodelay(true);
    let service = service_fn(async |request: Request<Incoming>| {
        Ok::<_, Infallible>(answer(request.into_parts().0.headers, body.clone()))
    });
    // A client that goes away is no concern of this server.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// As in wisp, the request's map is used again, so that neither side pays for a new one.
fn answer(mut headers: HeaderMap, body: Bytes) -> Response<Full<Bytes>> {
    headers.clear();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(SERVER, NAME);
    headers.insert(REQUEST_ID, ID);
    let mut response = Response::new(Full::new(body));
    *response.headers_mut() = headers;
    response
}
