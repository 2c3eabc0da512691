//! The run task server from outside: a mock of HCP Terraform drives the real process over TLS.

#![cfg(feature = "serve")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod hostile;
mod mock;
mod source;

use std::sync::Arc;
use std::time::{Duration, Instant};

use mock::{Answer, Callback, Hcp, TOKEN, fixture, is_final, sign};
use serde_json::Value;

const BLOCKS: &str = "fixtures/rules/security-group-admin-port-open/block.separate.json";
const ONE_RULE: &str = "fixtures/rules/rds-unencrypted/pass.instance.json";

/// Only one rule, so that the innocent plan passes whatever rules are added to holdpoint.
fn lenient() -> String {
    holdpoint::rules::catalogue::all()
        .iter()
        .map(|rule| rule.meta.id.as_ref())
        .filter(|id| !["rds-unencrypted", "security-group-admin-port-open"].contains(id))
        .map(|id| format!("[rules.{id}]\nenabled = false\n"))
        .collect()
}

fn status(callback: &Callback) -> &str {
    callback.body["data"]["attributes"]["status"].as_str().unwrap()
}

fn message(callback: &Callback) -> &str {
    callback.body["data"]["attributes"]["message"].as_str().unwrap()
}

/// The published limits of a callback.
fn assert_callback(callback: &Callback) {
    assert_eq!(callback.kind, "application/vnd.api+json");
    assert_eq!(callback.token, format!("Bearer {TOKEN}"));
    let data = &callback.body["data"];
    assert_eq!(data["type"], "task-results");
    let length = |value: &Value| value.as_str().unwrap().chars().count();
    assert!((1..=1000).contains(&length(&data["attributes"]["message"])));
    assert!(["running", "passed", "failed"].contains(&status(callback)));
    let none = Vec::new();
    let outcomes = data["relationships"]["outcomes"]["data"].as_array().unwrap_or(&none);
    assert!(outcomes.len() <= 250, "{}", outcomes.len());
    let mut ids = std::collections::BTreeSet::new();
    for outcome in outcomes {
        assert_eq!(outcome["type"], "task-result-outcomes");
        let attributes = &outcome["attributes"];
        assert!((1..=64).contains(&length(&attributes["outcome-id"])));
        assert!(ids.insert(attributes["outcome-id"].as_str().unwrap()), "{attributes}");
        assert!((1..=1000).contains(&length(&attributes["description"])));
        assert!(length(&attributes["body"]) <= 10_000);
        let tags = attributes["tags"].as_object().unwrap();
        assert!(tags.len() <= 10);
        for (key, labels) in tags {
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{key}");
            for label in labels.as_array().unwrap() {
                assert!((1..=32).contains(&length(&label["label"])));
                let level = label["level"].as_str().unwrap();
                assert!(["none", "info", "warning", "error"].contains(&level), "{level}");
            }
        }
    }
    assert!(callback.body.to_string().len() < 1 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_fetched_judged_and_answered() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    let (good, bad) = (fixture(ONE_RULE), fixture(BLOCKS));
    hcp.answers("good", vec![Answer::Redirect(Arc::clone(&good))]);
    hcp.answers("bad", vec![Answer::Redirect(Arc::clone(&bad))]);
    hcp.answers("direct", vec![Answer::Plan(Arc::clone(&good))]);
    hcp.answers("late", vec![Answer::Status(204), Answer::Plan(Arc::clone(&good))]);
    hcp.answers(
        "shaky",
        vec![
            Answer::Status(503),
            Answer::Half(Arc::clone(&good)),
            Answer::Redirect(Arc::clone(&good)),
        ],
    );
    hcp.answers("slow", vec![Answer::Slow(Duration::from_millis(700), Arc::clone(&good))]);
    hcp.answers("old", vec![Answer::Status(422)]);
    hcp.answers("forbidden", vec![Answer::Status(401)]);
    hcp.answers("no-plan", vec![Answer::Plan(Arc::new(b"{}".to_vec()))]);
    hcp.answers("empty", vec![Answer::Plan(Arc::new(Vec::new()))]);
    hcp.answers("cut", vec![Answer::Plan(Arc::new(good[..good.len() / 2].to_vec()))]);
    let cases = [
        ("good", "passed", "PASS"),
        ("bad", "failed", "BLOCK"),
        ("direct", "passed", "PASS"),
        ("late", "passed", "PASS"),
        ("shaky", "passed", "PASS"),
        ("slow", "passed", "PASS"),
        ("old", "failed", "does not provide the plan as JSON"),
        ("forbidden", "failed", "HTTP 401"),
        ("unknown", "failed", "HTTP 404"),
        ("no-plan", "failed", "UNDECIDED"),
        ("empty", "failed", "UNDECIDED"),
        ("cut", "failed", "UNDECIDED"),
    ];
    for (i, (task, ..)) in cases.iter().enumerate() {
        let stage = ["post_plan", "pre_apply", "post_apply"][i % 3];
        assert_eq!(server.deliver(&hcp.request(task, stage)).await, 200, "{task}");
    }
    for (task, expected, expected_message) in cases {
        let last = hcp.result(task).await;
        assert_eq!(status(&last), expected, "{task}: {}", message(&last));
        assert!(message(&last).contains(expected_message), "{task}: {}", message(&last));
        let all = hcp.results(task, |_| true).await;
        all.iter().for_each(assert_callback);
        assert_eq!(status(&all[0]), "running", "{task}");
        assert_eq!(all.iter().filter(|callback| is_final(callback)).count(), 1, "{task}");
    }
    let bad = hcp.result("bad").await;
    let outcomes = bad.body["data"]["relationships"]["outcomes"]["data"].clone();
    assert!(outcomes.to_string().contains("security-group-admin-port-open"), "{outcomes}");
    assert_eq!(outcomes[0]["attributes"]["tags"]["Status"][0]["label"], "Denied");
    assert_eq!(hcp.seen(|seen| seen.tokens_at_storage), 0, "the token left its host");
    let log = server.log();
    for secret in [TOKEN, mock::KEY, "secret=1", "10.0.0.0/16"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    for line in log.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    // A task is counted only after its result has arrived here.
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (code, metrics) = server.get("/metrics").await;
        assert_eq!(code, 200);
        assert!(metrics.ends_with("# EOF\n"));
        if metrics.contains("holdpoint_run_task_tasks_total{result=\"passed\"} 5") {
            break;
        }
        assert!(Instant::now() < deadline, "{metrics}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_or_not_a_request_does_nothing() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    hcp.answers("t", vec![Answer::Plan(fixture(ONE_RULE))]);
    let request = hcp.request("t", "post_plan").to_string();
    let right = sign(request.as_bytes());
    let mut wrong = right.clone();
    wrong.replace_range(0..1, if wrong.starts_with('0') { "1" } else { "0" });
    for signature in [None, Some(""), Some("00"), Some(wrong.as_str()), Some(&right[..126])] {
        assert_eq!(
            server.post(request.clone().into_bytes(), signature).await,
            401,
            "{signature:?}"
        );
    }
    let other = request.replace("post_plan", "pre_apply");
    assert_eq!(server.post(other.into_bytes(), Some(&right)).await, 401);
    for malformed in ["", "{}", "[]", "null", "{\"payload_version\":1", "\u{0}"] {
        let signature = sign(malformed.as_bytes());
        assert_eq!(server.post(malformed.into(), Some(&signature)).await, 400, "{malformed}");
    }
    let mut wrong_version = hcp.request("t", "post_plan");
    wrong_version["payload_version"] = 2.into();
    assert_eq!(server.deliver(&wrong_version).await, 400);
    let large = vec![b' '; 300 * 1024];
    let signature = sign(&large);
    assert_eq!(server.post(large, Some(&signature)).await, 413);
    let mut test = hcp.request("t", "post_plan");
    test["access_token"] = "test-token".into();
    assert_eq!(server.deliver(&test).await, 200);
    test["stage"] = "test".into();
    test["task_result_callback_url"] = "https://example.com/test".into();
    assert_eq!(server.deliver(&test).await, 200);
    assert_eq!(server.get("/healthz").await.0, 200);
    assert_eq!(server.get("/").await.0, 405);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(hcp.seen(|seen| seen.callbacks.is_empty() && seen.asked.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_host_is_spoken_to() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    for (task, url) in [
        ("foreign", "https://localhost:1/plan".to_owned()),
        ("plain", format!("http://{}/plan/plain", hcp.api)),
        ("storage", format!("https://{}/object/storage", hcp.storage)),
        ("file", "file:///etc/passwd".to_owned()),
        ("user", format!("https://{}@localhost:1/", hcp.api)),
    ] {
        let mut request = hcp.request(task, "post_plan");
        request["plan_json_api_url"] = url.into();
        assert_eq!(server.deliver(&request).await, 200);
        let last = hcp.result(task).await;
        assert_eq!(status(&last), "failed", "{task}");
        assert!(message(&last).contains("could not read the plan"), "{}", message(&last));
    }
    for (task, url, expected_message) in [
        ("away", "https://localhost:1/x", "was moved"),
        ("down", "http://localhost/x", "was moved"),
        ("nowhere", "::", "the stored plan: HTTP 401"),
    ] {
        hcp.answers(task, vec![Answer::Elsewhere(url.to_owned())]);
        assert_eq!(server.deliver(&hcp.request(task, "post_plan")).await, 200);
        let last = hcp.result(task).await;
        assert_eq!(status(&last), "failed", "{task}");
        assert!(message(&last).contains(expected_message), "{}", message(&last));
    }
    // Nobody could be told the result.
    hcp.answers("mute", vec![Answer::Plan(fixture(ONE_RULE))]);
    for callback in ["https://localhost:1/callback", "http://localhost/", "callback"] {
        let mut request = hcp.request("mute", "post_plan");
        request["task_result_callback_url"] = callback.into();
        assert_eq!(server.deliver(&request).await, 400, "{callback}");
    }
    assert!(hcp.seen(|seen| !seen.asked.contains_key("mute")));
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_done_once_and_results_tried_again() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    hcp.answers("again", vec![Answer::Plan(fixture(ONE_RULE))]);
    let request = hcp.request("again", "post_plan");
    for _ in 0..5 {
        assert_eq!(server.deliver(&request).await, 200);
    }
    assert_eq!(status(&hcp.result("again").await), "passed");
    assert_eq!(server.deliver(&request).await, 200);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(hcp.seen(|seen| (seen.callbacks["again"].len(), seen.asked["again"])), (2, 1));

    hcp.answers("busy", vec![Answer::Plan(fixture(BLOCKS))]);
    hcp.refuses("busy", vec![500, 429, 502, 503]);
    assert_eq!(server.deliver(&hcp.request("busy", "post_plan")).await, 200);
    assert_eq!(status(&hcp.result("busy").await), "failed");

    hcp.answers("refused", vec![Answer::Plan(fixture(ONE_RULE))]);
    hcp.refuses("refused", vec![422, 422]);
    assert_eq!(server.deliver(&hcp.request("refused", "post_plan")).await, 200);
    let start = Instant::now();
    while !server.log().contains("the callback: HTTP 422") {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_sets_and_stages_follow_the_configuration() {
    let hcp = Hcp::start().await;
    std::fs::write(hcp.folder.path().join("prod.toml"), lenient()).unwrap();
    let config = "[rules.rds-unencrypted]\nenabled = false\n[run_task]\npre_plan = \"pass\"\n\
                  [[run_task.policy_set]]\norganization = \"acme\"\nworkspace = \"prod-*\"\n\
                  config = \"prod.toml\"\n";
    let mut server = hcp.server(config, &[]);
    server.ready().await;
    // Under the strict configuration this plan blocks; under that of production it passes.
    let bucket = serde_json::json!({
        "address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": null, "after": {"acl": "public-read-write"},
                   "after_unknown": {}, "after_sensitive": {}},
    });
    let mut strict: Value = serde_json::from_slice(&fixture(ONE_RULE)).unwrap();
    strict["resource_changes"].as_array_mut().unwrap().push(bucket);
    let strict = Arc::new(strict.to_string().into_bytes());
    for (task, workspace, expected) in [("set", "prod-eu", "passed"), ("rest", "dev", "failed")] {
        hcp.answers(task, vec![Answer::Plan(Arc::clone(&strict))]);
        let mut request = hcp.request(task, "post_plan");
        request["workspace_name"] = workspace.into();
        server.deliver(&request).await;
        let last = hcp.result(task).await;
        assert_eq!(status(&last), expected, "{task}: {}", message(&last));
    }
    server.deliver(&hcp.request("early", "pre_plan")).await;
    let early = hcp.result("early").await;
    assert_eq!(
        (status(&early), message(&early)),
        ("passed", "nothing was checked: there is no plan yet")
    );
    drop(server);

    let mut server = hcp.server("", &[]);
    server.ready().await;
    server.deliver(&hcp.request("early-2", "pre_plan")).await;
    assert_eq!(status(&hcp.result("early-2").await), "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_what_it_has_no_room_for() {
    let hcp = Hcp::start().await;
    let config = format!("{}[run_task]\nqueue = 2\nconcurrency = 1\nmax_plan_mb = 1\n", lenient());
    let mut server = hcp.server(&config, &[]);
    server.ready().await;
    let slow = || vec![Answer::Slow(Duration::from_secs(2), fixture(ONE_RULE))];
    for task in ["one", "two"] {
        hcp.answers(task, slow());
        assert_eq!(server.deliver(&hcp.request(task, "post_plan")).await, 200);
    }
    hcp.answers("three", slow());
    assert_eq!(server.deliver(&hcp.request("three", "post_plan")).await, 503);
    for task in ["one", "two"] {
        assert_eq!(status(&hcp.result(task).await), "passed");
    }
    // Refused is not remembered: HCP Terraform tries again, and then there is room.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.deliver(&hcp.request("three", "post_plan")).await, 200);
    assert_eq!(status(&hcp.result("three").await), "passed");

    let large = Arc::new(vec![b' '; (1 << 20) + 1]);
    hcp.answers("large", vec![Answer::Plan(large)]);
    assert_eq!(server.deliver(&hcp.request("large", "post_plan")).await, 200);
    let last = hcp.result("large").await;
    assert!(message(&last).contains("larger than 1048576 bytes"), "{}", message(&last));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_finishes_what_it_has_begun() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    hcp.answers("begun", vec![Answer::Slow(Duration::from_secs(2), fixture(ONE_RULE))]);
    assert_eq!(server.deliver(&hcp.request("begun", "post_plan")).await, 200);
    hcp.results("begun", |all| !all.is_empty()).await;
    server.signal("-TERM");
    assert_eq!(status(&hcp.result("begun").await), "passed");
    let start = Instant::now();
    let ended = loop {
        if let Some(ended) = server.child.try_wait().unwrap() {
            break ended;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(ended.success(), "{}", server.log());
    assert!(server.log().contains("\"stopped\""), "{}", server.log());
}

/// Nothing is kept, so another replica does the delivery that HCP Terraform repeats.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_nothing_passes() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&lenient(), &[]);
    server.ready().await;
    hcp.answers(
        "killed",
        vec![
            Answer::Slow(Duration::from_secs(3), fixture(ONE_RULE)),
            Answer::Plan(fixture(ONE_RULE)),
        ],
    );
    let request = hcp.request("killed", "post_plan");
    assert_eq!(server.deliver(&request).await, 200);
    hcp.results("killed", |all| !all.is_empty()).await;
    server.signal("-KILL");
    server.child.wait().unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(hcp.seen(|seen| !seen.callbacks["killed"].iter().any(is_final)));
    drop(server);
    let mut other = hcp.server(&lenient(), &[]);
    other.ready().await;
    assert_eq!(other.deliver(&request).await, 200);
    assert_eq!(status(&hcp.result("killed").await), "passed");
}

#[test]
fn without_a_key_or_with_a_wrong_setting_it_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let start = |key: Option<&str>, config: &str, more: &[&str]| {
        std::fs::write(folder.path().join("holdpoint.toml"), config).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_holdpoint"));
        command.args(["serve", "run-task", "--listen", "127.0.0.1:0"]).args(more);
        command.current_dir(folder.path()).env_remove("HOLDPOINT_HMAC_KEY");
        command.envs(key.map(|key| ("HOLDPOINT_HMAC_KEY", key)));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for key in [None, Some(""), Some("short")] {
        let (code, output) = start(key, "", &[]);
        assert_eq!(code, Some(2), "{output}");
        assert!(output.contains("HMAC key is missing or shorter"), "{output}");
    }
    let key = Some(mock::KEY);
    for (config, more) in [
        ("[run_task]\nqueu = 1\n", &[][..]),
        ("[run_task]\npre_plan = \"maybe\"\n", &[]),
        ("[[run_task.policy_set]]\norganization = \"a\"\nconfig = \"missing.toml\"\n", &[]),
        ("", &["--tls-cert", "missing.pem", "--tls-key", "missing.pem"]),
        ("", &["--tls-cert", "missing.pem"]),
        ("", &["--ca-file", "missing.pem"]),
        ("", &["--hmac-key-file", "missing"]),
        ("", &["--host", "https://app.terraform.io"]),
    ] {
        let (code, output) = start(key, config, more);
        assert_eq!(code, Some(2), "{config} {more:?} {output}");
        assert!(!output.contains(mock::KEY), "{output}");
    }
}
