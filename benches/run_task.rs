//! 200 run tasks at once, plans of 1,000 resources: `cargo bench --bench run_task`.
//!
//! A mock of HCP Terraform delivers them to the real server process over TLS on loopback; printed
//! are the times from a delivery to its final result, how much of that holdpoint itself took, and the
//! server's peak memory. The mock runs on the same cores.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark prints, and fails by panicking"
)]
#![expect(dead_code, reason = "the mock serves the tests as well")]

#[path = "../tests/house/run_task/mock.rs"]
mod mock;
#[path = "shared/replicate.rs"]
mod replicate;

use std::sync::Arc;
use std::time::{Duration, Instant};

use mock::{Answer, Hcp};

const TASKS: usize = 200;

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let plan = plan(1_000);
    println!("{TASKS} tasks, plans of {} kB", plan.len() / 1000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(load(Arc::new(plan)));
}

/// A made-up plan, by the generator of the other benchmarks.
fn plan(resources: usize) -> Vec<u8> {
    let mut made = Vec::new();
    replicate::write(resources, &mut made).unwrap();
    made
}

async fn load(plan: Arc<Vec<u8>>) {
    let hcp = Hcp::start().await;
    let mut server = hcp.server("", &[]);
    server.ready().await;
    let server = Arc::new(server);
    let requests: Vec<_> = (0..TASKS)
        .map(|i| {
            let task = format!("task-{i}");
            hcp.answers(&task, vec![Answer::Redirect(Arc::clone(&plan))]);
            (task.clone(), hcp.request(&task, "post_plan"))
        })
        .collect();
    let start = Instant::now();
    let mut deliveries = Vec::new();
    for (_, request) in requests.clone() {
        let server = Arc::clone(&server);
        deliveries.push(tokio::spawn(async move {
            let begun = Instant::now();
            assert_eq!(server.deliver(&request).await, 200);
            begun.elapsed()
        }));
    }
    let mut answered = Vec::new();
    for delivery in deliveries {
        answered.push(delivery.await.unwrap());
    }
    for (task, _) in &requests {
        hcp.result(task).await;
    }
    let all = start.elapsed();
    answered.sort();
    let (_, metrics) = server.get("/metrics").await;
    let sum = metrics
        .lines()
        .find_map(|line| line.strip_prefix("holdpoint_run_task_duration_seconds_sum "))
        .unwrap();
    println!(
        "all answered with 200: median {:?}, slowest {:?}",
        answered[TASKS / 2],
        answered[TASKS - 1]
    );
    println!("all judged and called back: {all:?}, {:?} a task", all / TASKS as u32);
    println!("mean from delivery to result: {:.2} s", sum.parse::<f64>().unwrap() / TASKS as f64);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id()));
    for line in status.unwrap_or_default().lines() {
        if line.starts_with("VmHWM") {
            println!("peak memory: {}", line.trim_start_matches("VmHWM:").trim());
        }
    }
    let stat =
        std::fs::read_to_string(format!("/proc/{}/stat", server.child.id())).unwrap_or_default();
    let ticks: u64 = stat.split(' ').skip(13).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    let cpu = Duration::from_millis(ticks * 10);
    println!("CPU time of the server: {cpu:?}, {:?} a task", cpu / TASKS as u32);
}
