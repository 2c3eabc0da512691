//! The gate as an HCP Terraform run task: HTTP in, verdict out.
//!
//! A request is believed when its signature is right, answered at once, and judged in the
//! background; whatever goes wrong on the way ends in `failed`, never in silence. Nothing is kept
//! between requests but the ids of those that were seen, so replicas need not know one another.
//!
//! Source: <https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run-tasks/run-tasks-integration>.

mod client;
mod connections;
mod hosts;
mod metrics;
mod outcomes;
mod payload;
mod queue;
mod retry;
mod routes;
mod server;
mod settings;
mod signature;
mod work;

pub use hosts::Hosts;
pub use server::{Error, run};
pub use settings::{Configuration, Judge, PrePlan, Settings, Task, Tls};

/// Logs one JSON object a line, with times, to standard output. Called once.
pub fn log_to_stdout() {
    // A second call is refused, and harmless.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .try_init();
}
