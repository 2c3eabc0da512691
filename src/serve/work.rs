//! One task, from its delivery to its final result.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::model::verdict::{Decision, Verdict};

use super::client::Api;
use super::metrics::Metrics;
use super::outcomes::{self, Status};
use super::payload::{Request, Stage};
use super::queue::Queue;
use super::settings::{Judge, PrePlan, Task};

/// Time kept for sending the final result.
const LAST_WORD: Duration = Duration::from_secs(45);

/// What all tasks share.
pub(super) struct Workshop {
    pub(super) api: Api,
    pub(super) judge: Judge,
    pub(super) judging: Arc<Semaphore>,
    pub(super) places: usize,
    pub(super) queue: Queue,
    pub(super) metrics: Metrics,
    pub(super) pre_plan: PrePlan,
    pub(super) deadline: Duration,
}

impl Workshop {
    /// Does a task that was taken. Its end is a final result, or a loud line in the log.
    pub(super) async fn work(self: Arc<Self>, request: Request) {
        let start = Instant::now();
        let end = start + self.deadline;
        let judged = self.judged(&request, end).await;
        let (status, body, why) = match &judged {
            Ok(verdict) => (
                Status::of(verdict.decision),
                outcomes::verdict(verdict, request.capabilities.outcomes),
                String::new(),
            ),
            Err(Ended { status, message }) => {
                (*status, outcomes::message(*status, message), message.clone())
            }
        };
        let sent = self.send(&request, &body, end).await;
        let seconds = start.elapsed().as_secs_f64();
        self.metrics.ended(status.name(), seconds);
        let (run, task, stage) = (&request.run_id, &request.task_result_id, request.stage.name());
        match sent {
            Ok(()) => {
                let (resources, findings, blocking) =
                    judged.as_ref().map_or((0, 0, 0), |verdict| {
                        (
                            verdict.counts.subjects,
                            verdict.findings.len(),
                            verdict.blocking().count(),
                        )
                    });
                info!(
                    run,
                    task,
                    stage,
                    status = status.name(),
                    seconds,
                    resources,
                    findings,
                    blocking,
                    why,
                    "done"
                );
            }
            Err(reason) => {
                // HCP Terraform takes silence for an error after ten minutes: nothing passes.
                self.metrics.undelivered();
                error!(
                    run,
                    task,
                    stage,
                    status = status.name(),
                    seconds,
                    reason,
                    "the result was not delivered"
                );
            }
        }
        self.queue.leave();
        self.observe();
    }

    pub(super) fn observe(&self) {
        let running = self.places.saturating_sub(self.judging.available_permits());
        self.metrics.queue(self.queue.taken().saturating_sub(running), running);
    }

    async fn judged(&self, request: &Request, end: Instant) -> Result<Verdict, Ended> {
        if request.stage == Stage::PrePlan {
            return Err(match self.pre_plan {
                PrePlan::Pass => Ended {
                    status: Status::Passed,
                    message: "nothing was judged: there is no plan yet".to_owned(),
                },
                PrePlan::Fail => {
                    failed("there is no plan yet to judge: give this run task the post-plan stage")
                }
            });
        }
        let running = outcomes::message(Status::Running, "holdpoint judges the plan");
        let until = end.checked_sub(LAST_WORD).unwrap_or(end);
        if let Err(reason) = self.send(request, &running, until).await {
            warn!(task = request.task_result_id, reason, "`running` was not delivered");
        }
        let judged = tokio::time::timeout_at(until, self.judge(request, until)).await;
        judged.unwrap_or_else(|_| Err(failed("the plan could not be judged in time")))
    }

    async fn judge(&self, request: &Request, until: Instant) -> Result<Verdict, Ended> {
        let url = request.plan_json_api_url.as_deref();
        let url = url.ok_or_else(|| failed("the request names no plan"))?;
        // One place for reading and judging: a plan that waits takes no memory.
        let Ok(_place) = Arc::clone(&self.judging).acquire_owned().await else {
            return Err(failed("the server is shutting down"));
        };
        self.observe();
        let plan = self
            .api
            .plan(url, &request.access_token, until)
            .await
            .map_err(|why| failed(&format!("the plan could not be read: {why}")))?;
        self.metrics.read(plan.len());
        let task = Task {
            organization: request.organization_name.clone(),
            workspace: request.workspace_name.clone(),
        };
        let judge = Arc::clone(&self.judge);
        let verdict = tokio::task::spawn_blocking(move || judge(&task, &plan)).await;
        let verdict = verdict.map_err(|_| failed("holdpoint failed before it could decide"))?;
        if verdict.decision == Decision::Pass && verdict.counts.inputs == 0 {
            return Err(failed("nothing was judged"));
        }
        Ok(verdict)
    }

    async fn send(&self, request: &Request, body: &str, deadline: Instant) -> Result<(), String> {
        let (url, token) = (&request.task_result_callback_url, &request.access_token);
        self.api.send(url, token, body, deadline).await
    }
}

/// A task that ended without a verdict.
struct Ended {
    status: Status,
    message: String,
}

fn failed(message: &str) -> Ended {
    Ended { status: Status::Failed, message: message.to_owned() }
}
