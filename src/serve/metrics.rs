//! `/metrics`: counts and times, never names of organisations or workspaces.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// One label that has few values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct By {
    result: &'static str,
}

/// All that is counted.
#[derive(Clone)]
pub(super) struct Metrics {
    requests: Family<By, Counter>,
    tasks: Family<By, Counter>,
    undelivered: Counter,
    waiting: Gauge,
    running: Gauge,
    seconds: Histogram,
    bytes: Counter<u64, AtomicU64>,
    registry: Arc<Registry>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let requests = Family::<By, Counter>::default();
        let tasks = Family::<By, Counter>::default();
        let undelivered = Counter::default();
        let (waiting, running) = (Gauge::default(), Gauge::default());
        let seconds = Histogram::new(exponential_buckets(0.01, 2.0, 16));
        let bytes = Counter::default();
        let mut registry = Registry::with_prefix("holdpoint_run_task");
        registry.register("requests", "Deliveries by response", requests.clone());
        registry.register("tasks", "Tasks by result", tasks.clone());
        registry.register(
            "undelivered_results",
            "Results that could not be delivered",
            undelivered.clone(),
        );
        registry.register("waiting", "Tasks waiting in the queue", waiting.clone());
        registry.register("running", "Tasks being checked", running.clone());
        registry.register_with_unit(
            "duration",
            "Time from delivery to the final result",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register_with_unit("plan", "Plans read", Unit::Bytes, bytes.clone());
        Self {
            requests,
            tasks,
            undelivered,
            waiting,
            running,
            seconds,
            bytes,
            registry: Arc::new(registry),
        }
    }

    pub(super) fn answered(&self, result: &'static str) {
        self.requests.get_or_create(&By { result }).inc();
    }

    pub(super) fn ended(&self, result: &'static str, seconds: f64) {
        self.tasks.get_or_create(&By { result }).inc();
        self.seconds.observe(seconds);
    }

    pub(super) fn undelivered(&self) {
        self.undelivered.inc();
    }

    pub(super) fn read(&self, bytes: usize) {
        self.bytes.inc_by(bytes as u64);
    }

    pub(super) fn queue(&self, waiting: usize, running: usize) {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.running.set(i64::try_from(running).unwrap_or(i64::MAX));
    }

    /// In the text form of OpenMetrics.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
