//! The admin listener over a real socket.

use std::{
    future::pending,
    sync::{Arc, atomic::Ordering},
};

use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{Duration, Instant},
};

use super::{LIMITS, plain, request, target, to_end};
use crate::{
    endpoint::{Admin, Readiness, listen},
    server::{Handler as _, serve},
};

#[tokio::test]
async fn probes_and_scrapes_and_no_tokens() {
    let mut readiness = Readiness::default();
    let listening = readiness.flag("listening");
    let admin = Arc::new(Admin::new(readiness, || "wisp_up 1\n".into()));
    let bound = listen::admin("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = bound.addresses()[0];
    tokio::spawn(serve(bound, Arc::clone(&admin), LIMITS, pending()));
    let ask = async |method: &str, path: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let asked = request(method, path, &[("Metadata", "true")]);
        stream.write_all(asked.as_bytes()).await.unwrap();
        plain(&to_end(&mut stream).await)
    };

    assert!(ask("GET", "/readyz").await.starts_with("HTTP/1.1 503 "));
    listening.set(true);
    insta::assert_snapshot!(ask("GET", "/readyz").await, @r#"
    HTTP/1.1 200 OK
    content-type: application/json; charset=utf-8
    content-length: 27

    {"ready":true,"pending":[]}
    "#);
    let head = ask("HEAD", "/livez").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\n") && head.ends_with("content-length: 13\n\n"), "{head}");
    assert!(
        ask("GET", "/metrics")
            .await
            .contains("text/plain; version=0.0.4")
    );
    assert!(
        ask("GET", &target("resource=api://x"))
            .await
            .starts_with("HTTP/1.1 404 ")
    );
    assert!(ask("DELETE", "/readyz").await.starts_with("HTTP/1.1 405 "));
    assert_eq!(admin.connections().accepted.load(Ordering::Relaxed), 6);
}

#[tokio::test(start_paused = true)]
async fn a_scrape_under_way_is_finished_at_the_end() {
    let (started, mut rendering) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let admin = Admin::new(Readiness::default(), move || {
        started.send(()).unwrap();
        may_go_on.lock().unwrap().recv().unwrap();
        "wisp_up 1\n".into()
    });
    let bound = listen::admin("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = bound.addresses()[0];
    let mut scraper = TcpStream::connect(address).await.unwrap();
    scraper
        .write_all(request("GET", "/metrics", &[]).as_bytes())
        .await
        .unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(serve(bound, Arc::new(admin), Admin::limits(), async move {
        let _ = stopped.await;
    }));
    rendering.recv().await.unwrap();
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.send(()).unwrap();
    let answer = to_end(&mut scraper).await;
    assert!(answer.ends_with("\r\n\r\nwisp_up 1\n"), "{answer:?}");
    assert_eq!(ended.await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_can_make_the_probes_fail_by_connecting() {
    let admin = Arc::new(Admin::new(Readiness::default(), String::new));
    let bound = listen::admin("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = bound.addresses()[0];
    tokio::spawn(serve(bound, Arc::clone(&admin), Admin::limits(), pending()));
    let mut silent = Vec::new();
    for _ in 0..2 * Admin::limits().connections {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let started = Instant::now();
    let mut probe = TcpStream::connect(address).await.unwrap();
    probe
        .write_all(request("GET", "/livez", &[]).as_bytes())
        .await
        .unwrap();
    assert!(to_end(&mut probe).await.starts_with("HTTP/1.1 200 "));
    // The kubelet gives a probe one second.
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    for stream in &mut silent {
        to_end(stream).await;
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(admin.connections().idled.load(Ordering::Relaxed) > 0);
}
