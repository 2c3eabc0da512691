//! HTTP routes. The body is believed after its signature, and read after that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use ring::hmac;
use tokio::sync::mpsc::UnboundedSender;
use tracing::{info, warn};

use super::payload::Request;
use super::queue::Entry;
use super::signature;
use super::work::Workshop;

/// A run task request has some two thousand bytes.
const BODY: usize = 256 * 1024;

/// How long it may take to arrive: a slow one holds a connection.
const ARRIVES: Duration = Duration::from_secs(10);

/// What the handlers share.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) workshop: Arc<Workshop>,
    pub(super) key: hmac::Key,
    pub(super) stopping: Arc<AtomicBool>,
    /// Tasks go to the one that spawns and later waits for them.
    pub(super) tasks: UnboundedSender<Request>,
}

pub(super) fn router(front: Front) -> Router {
    Router::new()
        .route("/", post(deliver))
        .route("/run-task", post(deliver))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(front)
}

async fn ready(State(front): State<Front>) -> impl IntoResponse {
    if front.stopping.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn metrics(State(front): State<Front>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], front.workshop.metrics.text())
}

async fn deliver(State(front): State<Front>, request: axum::extract::Request) -> Response {
    let headers = request.headers().clone();
    let body = tokio::time::timeout(ARRIVES, Bytes::from_request(request, &front)).await;
    let (result, answer) = match body {
        Ok(Ok(body)) => {
            let (code, result, text) = front.take(&headers, &body);
            (result, (code, text).into_response())
        }
        Ok(Err(refused)) => ("unread", refused.into_response()),
        Err(_) => (
            "slow",
            (StatusCode::REQUEST_TIMEOUT, "timed out while reading the body\n").into_response(),
        ),
    };
    front.workshop.metrics.answered(result);
    answer
}

impl Front {
    fn take(&self, headers: &HeaderMap, body: &[u8]) -> (StatusCode, &'static str, &'static str) {
        let signature =
            headers.get("x-tfc-task-signature").map_or(&[][..], |value| value.as_bytes());
        if !signature::is_right(&self.key, body, signature) {
            warn!("rejected a delivery with a wrong signature");
            return (StatusCode::UNAUTHORIZED, "unsigned", "the signature is missing or wrong\n");
        }
        if Request::is_test(body) {
            info!("HCP Terraform tested the connection");
            return (StatusCode::OK, "test", "ok\n");
        }
        let request = match Request::read(body) {
            Ok(request) => request,
            Err(reason) => {
                warn!(reason, "rejected a signed delivery");
                return (StatusCode::BAD_REQUEST, "malformed", "this is not a run task request\n");
            }
        };
        // Nobody could be told the result: better to say so now than to be silent for ten minutes.
        if let Err(reason) = self.workshop.api.address(&request.task_result_callback_url) {
            let task = &request.task_result_id;
            warn!(task, reason, "rejected: the callback host is not allowed");
            let text = "the callback URL is not on one of this server's allowed hosts\n";
            return (StatusCode::BAD_REQUEST, "foreign", text);
        }
        if self.stopping.load(Ordering::Relaxed) {
            return (StatusCode::SERVICE_UNAVAILABLE, "stopping", "stopping\n");
        }
        match self.workshop.queue.enter(&request.task_result_id, Instant::now()) {
            Entry::Taken => {
                self.workshop.observe();
                let (run, task) = (&request.run_id, &request.task_result_id);
                info!(run, task, stage = request.stage.name(), "taken");
                if self.tasks.send(request).is_err() {
                    self.workshop.queue.leave();
                    return (StatusCode::SERVICE_UNAVAILABLE, "stopping", "stopping\n");
                }
                (StatusCode::OK, "taken", "ok\n")
            }
            Entry::Repeated => (StatusCode::OK, "repeated", "ok\n"),
            Entry::Full => {
                warn!(task = request.task_result_id, "rejected: the queue is full");
                (StatusCode::SERVICE_UNAVAILABLE, "full", "the queue is full, try again later\n")
            }
        }
    }
}
