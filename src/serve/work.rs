//! One task, from its delivery to its final result.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::model::verdict::{Decision, Verdict};

use super::client::Api;
use super::metrics::Metrics;
use super::outcomes::{self, Status};
use super::payload::{Request, Stage};
use super::queue::Queue;
use super::retry::{self, Tried};
use super::settings::{Configuration, Judge, PrePlan, Task};

/// Time kept for sending the final result.
const LAST_WORD: Duration = Duration::from_secs(45);
/// Time for the source: what is left is for the verdict without it.
const SOURCE: Duration = Duration::from_secs(90);
/// `running` is a courtesy: the plan does not wait longer for it.
const COURTESY: Duration = Duration::from_secs(15);

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
    /// Becomes true when tasks may run no longer.
    pub(super) over: watch::Receiver<bool>,
}

impl Workshop {
    /// Does a task that was taken. Its end is a final result, or a loud line in the log.
    pub(super) async fn work(self: Arc<Self>, request: Request) {
        let start = Instant::now();
        let end = start + self.deadline;
        let request = Arc::new(request);
        // Given back also when something here panics.
        let _place = Place(&self);
        let ended = Arc::clone(&self).ended(Arc::clone(&request), end).await;
        let sent = self.send(&request, &ended.body, end).await;
        let seconds = start.elapsed().as_secs_f64();
        self.metrics.ended(ended.status.name(), seconds);
        let (run, task, stage) = (&request.run_id, &request.task_result_id, request.stage.name());
        let (status, why, counts) = (ended.status.name(), ended.why, ended.counts);
        match sent {
            Ok(()) => info!(
                run,
                task,
                stage,
                status,
                seconds,
                resources = counts.resources,
                findings = counts.findings,
                blocking = counts.blocking,
                why,
                "done"
            ),
            Err(reason) => {
                // HCP Terraform takes silence for an error after ten minutes: nothing passes. Should
                // it deliver the task again, it is done again.
                self.queue.forget(&request.task_result_id);
                self.metrics.undelivered();
                error!(run, task, stage, status, seconds, reason, "the result was not delivered");
            }
        }
    }

    pub(super) fn observe(&self) {
        let running = self.places.saturating_sub(self.judging.available_permits());
        self.metrics.queue(self.queue.taken().saturating_sub(running), running);
    }

    /// The answer, whatever happens on the way to it.
    async fn ended(self: Arc<Self>, request: Arc<Request>, end: Instant) -> Ended {
        let mut over = self.over.clone();
        // A task of its own: a panic ends it, and not the answer.
        let mut judging = tokio::spawn(self.judged(request, end));
        tokio::select! {
            judged = &mut judging => judged.unwrap_or_else(|_| failed(PANICKED)),
            _ = over.wait_for(|over| *over) => {
                judging.abort();
                failed("the server was stopped before it could check the plan: start the run again")
            }
        }
    }

    async fn judged(self: Arc<Self>, request: Arc<Request>, end: Instant) -> Ended {
        if request.stage == Stage::PrePlan {
            return match self.pre_plan {
                PrePlan::Pass => {
                    Ended::new(Status::Passed, "nothing was checked: there is no plan yet")
                }
                PrePlan::Fail => failed(
                    "there is no plan to check yet: configure this run task for the post-plan stage",
                ),
            };
        }
        let running = outcomes::message(Status::Running, "holdpoint is checking the plan");
        let until = end.checked_sub(LAST_WORD).unwrap_or(end);
        if let Err(reason) =
            self.send(&request, &running, until.min(Instant::now() + COURTESY)).await
        {
            warn!(task = request.task_result_id, reason, "`running` was not delivered");
        }
        let judged = tokio::time::timeout_at(until, self.judge(&request, until)).await;
        judged
            .unwrap_or_else(|_| Err(failed("could not check the plan in time")))
            .unwrap_or_else(|ended| ended)
    }

    async fn judge(&self, request: &Request, until: Instant) -> Result<Ended, Ended> {
        let url = request.plan_json_api_url.as_deref();
        let url = url.ok_or_else(|| failed("the request contains no plan URL"))?;
        let unread = |why: String| failed(&format!("could not read the plan: {why}"));
        let url = self.api.address(url).map_err(unread)?;
        // One place for reading and judging, which is given back between tries: a task that waits
        // takes no memory, and keeps nobody waiting.
        let fetch = || async {
            let Ok(place) = Arc::clone(&self.judging).acquire_owned().await else {
                return Tried::Refused("the server is shutting down".to_owned());
            };
            self.observe();
            let tried = self.api.plan(&url, &request.access_token).await;
            tried.map(|plan| (plan, place))
        };
        let (plan, place) = retry::until(until, fetch).await.map_err(unread)?;
        self.metrics.read(plan.len());
        let configuration = self.configuration(request, until).await;
        let task = Task {
            organization: request.organization_name.clone(),
            workspace: request.workspace_name.clone(),
        };
        let (judge, with_outcomes) = (Arc::clone(&self.judge), request.takes_outcomes());
        let judged = tokio::task::spawn_blocking(move || {
            let verdict = judge(&task, plan, configuration);
            let ended = Ended::of(&verdict, with_outcomes);
            // Only here: a judge that is not waited for any longer still takes its place.
            drop(place);
            ended
        });
        judged.await.map_err(|_| failed(PANICKED))
    }

    /// The source of the plan. That it cannot be had is no reason to stop: the verdict says what it
    /// would take to know more.
    async fn configuration(&self, request: &Request, until: Instant) -> Configuration {
        let Some(url) = request.configuration_version_download_url.as_deref() else {
            return Configuration::Nothing;
        };
        let fetched = async {
            let url = self.api.address(url)?;
            let until = until.min(Instant::now() + SOURCE);
            retry::until(until, || self.api.configuration(&url, &request.access_token)).await
        };
        let folder = request.workspace_working_directory.clone().unwrap_or_default();
        match fetched.await {
            Ok(archive) => Configuration::Archive(archive, folder),
            Err(reason) => {
                warn!(task = request.task_result_id, reason, "the source was not fetched");
                Configuration::Refused(reason)
            }
        }
    }

    async fn send(&self, request: &Request, body: &str, deadline: Instant) -> Result<(), String> {
        let (url, token) = (&request.task_result_callback_url, &request.access_token);
        self.api.send(url, token, body, deadline).await
    }
}

const PANICKED: &str = "holdpoint failed before it reached a verdict";

/// A place in the queue.
struct Place<'a>(&'a Workshop);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.queue.leave();
        self.0.observe();
    }
}

/// How a task ended.
struct Ended {
    status: Status,
    /// What is sent.
    body: String,
    /// Why, when there is no verdict.
    why: String,
    counts: Counts,
}

/// What the log says of a verdict.
#[derive(Default)]
struct Counts {
    resources: usize,
    findings: usize,
    blocking: usize,
}

impl Ended {
    fn new(status: Status, message: &str) -> Self {
        Self {
            status,
            body: outcomes::message(status, message),
            why: message.to_owned(),
            counts: Counts::default(),
        }
    }

    fn of(verdict: &Verdict, with_outcomes: bool) -> Self {
        if verdict.decision == Decision::Pass && verdict.counts.inputs == 0 {
            return failed("nothing was checked");
        }
        Self {
            status: Status::of(verdict.decision),
            body: outcomes::verdict(verdict, with_outcomes),
            why: String::new(),
            counts: Counts {
                resources: verdict.counts.subjects,
                findings: verdict.findings.len(),
                blocking: verdict.blocking().count(),
            },
        }
    }
}

fn failed(message: &str) -> Ended {
    Ended::new(Status::Failed, message)
}
