//! The source of a run: fetched as the plan is, unpacked in memory, and never a reason to pass.

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::mock::{Answer, Hcp, fixture};
use super::{message, status};

const PLAN: &str = "fixtures/source/single/plan.json";
const SOURCE: &str = "fixtures/source/single/main.tf";

/// Only the rule about the policy.
fn one_rule() -> String {
    holdpoint::rules::catalogue::all()
        .iter()
        .map(|rule| rule.meta.id.as_ref())
        .filter(|id| *id != "iam-wildcard-action")
        .map(|id| format!("[rules.{id}]\nenabled = false\n"))
        .chain(["[gate]\nunjudged = \"report\"\n".to_owned()])
        .collect()
}

/// An archive with one entry of this type, as POSIX describes it.
fn archive(name: &str, kind: u8, content: &[u8]) -> Arc<Vec<u8>> {
    let mut block = vec![0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    block[148..156].copy_from_slice(b"        ");
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.extend_from_slice(content);
    block.resize(block.len().next_multiple_of(512) + 1024, 0);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&block).unwrap();
    Arc::new(encoder.finish().unwrap())
}

fn request(hcp: &Hcp, task: &str, url: Value, folder: Value) -> Value {
    let mut request = hcp.request(task, "post_plan");
    request["configuration_version_download_url"] = url;
    request["workspace_working_directory"] = folder;
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_is_fetched_and_decides_as_on_the_command_line() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&one_rule(), &[]);
    server.ready().await;
    let (plan, main) = (fixture(PLAN), fixture(SOURCE));
    let whole = archive("main.tf", b'0', &main);
    let below = archive("infra/prod/main.tf", b'0', &main);
    let cases = [
        ("moved", Answer::Redirect(Arc::clone(&whole)), Value::Null, "passed", "PASS"),
        ("direct", Answer::Plan(Arc::clone(&whole)), "".into(), "passed", "PASS"),
        ("below", Answer::Redirect(below), "/infra/prod".into(), "passed", "PASS"),
        ("no-folder", Answer::Plan(Arc::clone(&whole)), "infra".into(), "failed", "`infra`"),
        ("gone", Answer::Status(404), Value::Null, "failed", "HTTP 404"),
        ("empty", Answer::Status(204), Value::Null, "failed", "is not stored"),
        ("away", Answer::Elsewhere("https://localhost:1/x".into()), Value::Null, "failed", "moved"),
        ("none", Answer::Plan(Arc::new(b"x".to_vec())), Value::Null, "failed", "archive is broken"),
        (
            "out",
            Answer::Plan(archive("../main.tf", b'0', &main)),
            Value::Null,
            "failed",
            "leads out of it",
        ),
        ("link", Answer::Plan(archive("main.tf", b'2', b"")), Value::Null, "failed", "is a link"),
        (
            "other",
            Answer::Plan(archive("main.tf", b'0', b"resource \"aws_eip\" \"e\" {}\n")),
            Value::Null,
            "failed",
            "is not the one the plan was created from",
        ),
    ];
    for (task, answer, folder, ..) in &cases {
        hcp.answers(task, vec![Answer::Plan(Arc::clone(&plan))]);
        hcp.answers(&format!("{task}-source"), vec![answer.clone()]);
        let url = format!("https://{}/plan/{task}-source", hcp.api);
        assert_eq!(server.deliver(&request(&hcp, task, url.into(), folder.clone())).await, 200);
    }
    for (task, _, _, expected, said) in &cases {
        let last = hcp.result(task).await;
        assert_eq!(status(&last), *expected, "{task}: {}", message(&last));
        assert!(message(&last).contains(said), "{task}: {}", message(&last));
    }
    assert_eq!(hcp.seen(|seen| seen.tokens_at_storage), 0, "the token left its host");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_source_or_from_another_host_it_is_not_known() {
    let hcp = Hcp::start().await;
    let mut server = hcp.server(&one_rule(), &[]);
    server.ready().await;
    for (task, url, said) in [
        ("unoffered", Value::Null, "without the source"),
        ("foreign", "https://localhost:1/x".into(), "allowed hosts"),
        ("plain", format!("http://{}/x", hcp.api).into(), "does not use https"),
        ("storage", format!("https://{}/object/x", hcp.storage).into(), "allowed hosts"),
        ("file", "file:///etc/passwd".into(), "does not use https"),
    ] {
        hcp.answers(task, vec![Answer::Plan(fixture(PLAN))]);
        assert_eq!(server.deliver(&request(&hcp, task, url, Value::Null)).await, 200);
        let last = hcp.result(task).await;
        assert_eq!(status(&last), "failed", "{task}: {}", message(&last));
        assert!(message(&last).contains(said), "{task}: {}", message(&last));
    }
}
