//! Whoever connects and says nothing, or half; who answers slowly, or never; and what becomes of
//! tasks whose result nobody got.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::slice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdpoint::serve::{Hosts, PrePlan, Settings};
use serde_json::Value;

use super::mock::{Answer, Hcp, KEY, fixture, sign};
use super::{BLOCKS, ONE_RULE, assert_callback, lenient, message, status};

fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn connected(address: SocketAddr) -> TcpStream {
    let start = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(_) => assert!(start.elapsed() < Duration::from_secs(30)),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Says something, and waits for the other side to hang up.
fn held(address: SocketAddr, said: &[u8]) -> (Duration, String) {
    let start = Instant::now();
    let mut stream = connected(address);
    stream.write_all(said).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("`{}`: {error}", String::from_utf8_lossy(said)),
    }
    (start.elapsed(), String::from_utf8_lossy(&rest).into_owned())
}

/// Plain HTTP, as behind a proxy, so that a test can write what it likes.
struct Plain(std::process::Child);

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn plain(address: SocketAddr) -> Plain {
    let folder = tempfile::tempdir().unwrap();
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_holdpoint"))
        .args(["serve", "run-task", "--listen", &address.to_string()])
        .env("HOLDPOINT_HMAC_KEY", KEY)
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    connected(address);
    Plain(child)
}

#[test]
fn a_slow_client_holds_no_connection() {
    let address = free();
    let _server = plain(address);
    let signature = sign(b"{}");
    let body = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nx-tfc-task-signature: {signature}\r\n\
         content-length: 100\r\n\r\n{{"
    );
    let chunked = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab";
    let silent = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let slow: Vec<_> = [
        ("nothing", ""),
        ("half a line", "POS"),
        ("half of the headers", "POST / HTTP/1.1\r\nhost: x\r\nx-slow: "),
        ("half of the body", &body),
        ("half of a chunk", chunked),
        ("silence after an answer", silent),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ]
    .map(|(name, said)| {
        let said = said.to_owned();
        (name, std::thread::spawn(move || held(address, said.as_bytes())))
    })
    .into_iter()
    .collect();
    for (name, thread) in slow {
        let (took, answer) = thread.join().unwrap_or_else(|_| panic!("{name}: held"));
        assert!(took < Duration::from_secs(20), "{name}: {took:?}");
        match name {
            "silence after an answer" => assert!(answer.contains(" 200 "), "{answer}"),
            "half of the body" | "half of a chunk" => {
                assert!(answer.contains(" 408 "), "{name}: {answer}");
            }
            _ => assert!(!answer.contains(" 200 "), "{name}: {answer}"),
        }
    }
}

#[test]
fn there_are_so_many_connections_and_no_more() {
    let address = free();
    let _server = plain(address);
    let all: Vec<_> = (0..540).map(|_| connected(address)).collect();
    // The last ones are dropped at once, and those that have a place keep it.
    let closed = |mut stream: &TcpStream| {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        matches!(stream.read(&mut [0]), Ok(0)) || stream.peek(&mut [0]).is_ok()
    };
    assert!(closed(&all[539]));
    let mut first = &all[0];
    first.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    first.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 200 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_tls_too_and_only_http_1() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    let address = server.address;
    let silent = tokio::task::spawn_blocking(move || held(address, b"").0);
    let mut trusted = rustls::RootCertStore::empty();
    let pem = std::fs::read(hcp.folder.path().join("cert.pem")).unwrap();
    let der = rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
    trusted.add(der).unwrap();
    let mut config =
        rustls::ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = connected(address);
    while client.is_handshaking() {
        client.complete_io(&mut stream).unwrap();
    }
    assert_eq!(client.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(silent.await.unwrap() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_was_not_delivered_is_made_again() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    hcp.answers("lost", vec![Answer::Plan(fixture(ONE_RULE))]);
    // `running` and the final result.
    hcp.refuses("lost", vec![422, 422]);
    let request = hcp.request("lost", "post_plan");
    assert_eq!(server.deliver(&request).await, 200);
    let start = Instant::now();
    while !server.log().contains("the result was not delivered") {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(hcp.seen(|seen| !seen.callbacks.contains_key("lost")));
    assert_eq!(server.deliver(&request).await, 200);
    assert_eq!(status(&hcp.result("lost").await), "passed");
    assert_eq!(server.deliver(&request).await, 200);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(hcp.seen(|seen| seen.asked["lost"]), 2, "delivered, it is not made a third time");
    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains("undelivered_results_total 1"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_plan_keeps_nobody_waiting() {
    let hcp = Hcp::start().await;
    let config = format!("{}[run_task]\nconcurrency = 1\n", lenient());
    let mut server = hcp.server(&config, &[]);
    server.ready().await;
    hcp.answers("never", vec![Answer::Status(204)]);
    hcp.answers("now", vec![Answer::Plan(fixture(ONE_RULE))]);
    assert_eq!(server.deliver(&hcp.request("never", "post_plan")).await, 200);
    let start = Instant::now();
    while hcp.seen(|seen| !seen.asked.contains_key("never")) {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.deliver(&hcp.request("now", "post_plan")).await, 200);
    assert_eq!(status(&hcp.result("now").await), "passed");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_fails_what_takes_too_long() {
    let hcp = Hcp::start().await;
    let config = format!("{}[run_task]\ndrain_seconds = 1\nconcurrency = 1\n", lenient());
    let mut server = hcp.server(&config, &[]);
    server.ready().await;
    let slow = || vec![Answer::Slow(Duration::from_secs(60), fixture(ONE_RULE))];
    for task in ["long", "waits"] {
        hcp.answers(task, slow());
        assert_eq!(server.deliver(&hcp.request(task, "post_plan")).await, 200);
        hcp.results(task, |all| !all.is_empty()).await;
    }
    server.signal("-TERM");
    for task in ["long", "waits"] {
        let last = hcp.result(task).await;
        assert_eq!(status(&last), "failed");
        assert!(message(&last).contains("the server was stopped"), "{}", message(&last));
    }
    let start = Instant::now();
    while server.child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_findings_stay_within_the_limits() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    let mut plan: Value = serde_json::from_slice(&fixture(BLOCKS)).unwrap();
    let changes = plan["resource_changes"].as_array_mut().unwrap();
    let one = changes.clone();
    for i in 0..400 {
        for change in &one {
            let mut more = change.clone();
            let name = format!("{}{i}_{}", change["name"].as_str().unwrap(), "ä".repeat(300));
            more["address"] = format!("{}.{name}", change["type"].as_str().unwrap()).into();
            more["name"] = name.into();
            changes.push(more);
        }
    }
    hcp.answers("many", vec![Answer::Plan(Arc::new(plan.to_string().into_bytes()))]);
    assert_eq!(server.deliver(&hcp.request("many", "post_plan")).await, 200);
    let last = hcp.result("many").await;
    assert_eq!(status(&last), "failed");
    assert_callback(&last);
    let outcomes = last.body["data"]["relationships"]["outcomes"]["data"].as_array().unwrap();
    assert_eq!(outcomes.len(), 250, "{outcomes:?}");
    let rest = &outcomes[249]["attributes"];
    assert_eq!(rest["tags"]["Status"][0]["label"], "Denied", "{rest}");
    assert!(rest["description"].as_str().unwrap().contains("more findings"), "{rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_no_pass_and_costs_no_place() {
    let hcp = Hcp::start().await;
    let listen = free();
    let settings = Settings {
        listen,
        tls: None,
        hmac_key: KEY.as_bytes().to_vec(),
        hosts: Hosts::new(slice::from_ref(&hcp.api), slice::from_ref(&hcp.storage)).unwrap(),
        authorities: Some(hcp.folder.path().join("cert.pem")),
        pre_plan: PrePlan::Fail,
        concurrency: 1,
        queue: 1,
        max_plan: 1 << 20,
        deadline: Duration::from_secs(60),
        drain: Duration::from_secs(1),
        judge: Arc::new(|_, _, _| panic!("a mistake of ours")),
    };
    std::thread::spawn(move || holdpoint::serve::run(settings));
    tokio::task::spawn_blocking(move || connected(listen)).await.unwrap();
    let client = reqwest::Client::new();
    for task in ["first", "second"] {
        hcp.answers(task, vec![Answer::Plan(fixture(ONE_RULE))]);
        let body = hcp.request(task, "post_plan").to_string();
        let start = Instant::now();
        // The place is given back after the result was sent.
        loop {
            let request = client
                .post(format!("http://{listen}/run-task"))
                .header("X-TFC-Task-Signature", sign(body.as_bytes()))
                .body(body.clone());
            match request.send().await.unwrap().status().as_u16() {
                200 => break,
                503 => assert!(start.elapsed() < Duration::from_secs(10)),
                other => panic!("{other}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let last = hcp.result(task).await;
        assert_eq!(status(&last), "failed");
        assert!(
            message(&last).contains("failed before it reached a verdict"),
            "{}",
            message(&last)
        );
    }
}
