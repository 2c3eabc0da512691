//! What is asked when there is no AWS to ask: nothing of this machine, and nothing by verbs that
//! need no account; and what is printed about it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::rig::free_port;
use crate::common::{self, Run};

/// A metadata service that has nothing, and counts who asks.
fn metadata() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
            let _ = stream.read(&mut [0; 4096]);
            let none = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(none.as_bytes());
        }
    });
    (address, count)
}

/// A run without credentials. Whatever it reaches for is on a loopback address.
fn run(args: &[&str], variables: &[(&str, &str)]) -> Run {
    let folder = common::scratch();
    let none = folder.path().join("none");
    common::holdpoint(folder.path())
        .arg("guard")
        .args(args)
        .env("AWS_CONFIG_FILE", &none)
        .env("AWS_SHARED_CREDENTIALS_FILE", &none)
        .env("AWS_MAX_ATTEMPTS", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
        .into()
}

#[test]
fn the_metadata_of_the_machine_is_for_aws_alone() {
    let (address, count) = metadata();
    let metadata = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", address.as_str());
    let live: [&[&str]; 2] = [&["status", "--as", "managed-policy"], &["audit", "--live"]];
    // A name that is nowhere, should anything be sent after all.
    let elsewhere = ("AWS_ENDPOINT_URL", "http://aws.invalid");
    let closed = format!("http://127.0.0.1:{}", free_port());
    for verb in live {
        // A stand-in for AWS on this machine: whatever the address is called.
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"] {
            let done = run(verb, &[metadata, (name, &closed)]);
            assert_eq!(done.code, Some(2), "{}{}", done.stdout, done.stderr);
            assert!(done.stderr.contains("log in, or name a profile"), "{}", done.stderr);
        }
        // Switched off: not asked for AWS either. Nothing is sent anywhere without credentials.
        let done = run(verb, &[metadata, elsewhere, ("AWS_EC2_METADATA_DISABLED", "true")]);
        assert!(done.stderr.contains("log in, or name a profile"), "{}", done.stderr);
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);

    // For AWS itself it is a part of the chain. It has nothing, so nothing is sent to AWS.
    let done = run(live[0], &[metadata, elsewhere]);
    assert!(done.stderr.contains("log in, or name a profile"), "{}", done.stderr);
    assert!(count.load(Ordering::SeqCst) > 0);
    count.store(0, Ordering::SeqCst);

    // Verbs that need no account do not look for one.
    let state = common::root().join("fixtures/guard/data.tfstate");
    let state = state.to_str().unwrap();
    let role = ["--terraform-role", super::TERRAFORM];
    let offline: [Vec<&str>; 5] = [
        [["render", "--from", state].as_slice(), &role].concat(),
        [["prove", "--from", state].as_slice(), &role].concat(),
        vec!["coverage", state],
        vec!["catalogue", "sqs:DeleteQueue"],
        vec!["audit", "nosuch.json"],
    ];
    for (verb, code) in offline.iter().zip([0, 0, 0, 0, 2]) {
        let done = run(verb, &[metadata]);
        assert_eq!(done.code, Some(code), "{verb:?}: {}", done.stderr);
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn no_secret_and_no_password_of_an_address_is_printed() {
    let port = free_port();
    let address = format!("http://someone:hunter2secret@127.0.0.1:{port}");
    let done = run(
        &["status", "--as", "managed-policy"],
        &[
            ("AWS_ENDPOINT_URL", &address),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ACCESS_KEY_ID", "AKIAFAKEFAKEFAKEFAKE"),
            ("AWS_SECRET_ACCESS_KEY", "verysecretkey0000"),
            ("AWS_SESSION_TOKEN", "verysecrettoken0000"),
            ("AWS_REGION", "us-east-1"),
        ],
    );
    assert_eq!(done.code, Some(2), "{}{}", done.stdout, done.stderr);
    // The address that nobody answers at stands there first.
    let first = done.stderr.lines().next().unwrap();
    assert_eq!(first, format!("sts at http://127.0.0.1:{port} (this is not AWS)"));
    let all = done.stdout + &done.stderr;
    for secret in ["hunter2", "someone", "verysecret", "AKIAFAKE"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}
