//! Holds work to its limits: it runs on a separate thread, and work that overruns is abandoned.
//!
//! The evaluator looks at the clock between its steps only, and one step may be a function that
//! takes minutes or gigabytes. The watcher does not ask it: when time or memory is up it answers
//! that nothing was decided, and the process ends before the work does.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::fault::Fault;

/// What one evaluation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time.
    pub time: Duration,
    /// Growth of the process' memory, in bytes. Held where the system tells the size of the
    /// process: on Linux.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(60), memory: 4 << 30 }
    }
}

impl Limits {
    /// Those that the user says, in seconds and mebibytes; else the usual ones.
    #[must_use]
    pub fn of(seconds: Option<u32>, mebibytes: Option<u32>) -> Self {
        let usual = Self::default();
        Self {
            time: seconds.map_or(usual.time, |seconds| Duration::from_secs(seconds.into())),
            memory: mebibytes.map_or(usual.memory, |mebibytes| u64::from(mebibytes) << 20),
        }
    }
}

/// How often the watcher looks at the memory.
const TICK: Duration = Duration::from_millis(5);
/// Reserved, not used: deep policies and deep documents are refused before they need it.
pub(super) const STACK: usize = 256 << 20;

/// Does the work within the limits.
pub(super) fn within<T: Send + 'static>(
    limits: Limits,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Box<Fault>> {
    let (sender, receiver) = mpsc::channel();
    let begun = Instant::now();
    let before = resident();
    let worker = thread::Builder::new().name("rego".to_owned()).stack_size(STACK);
    let spawned = worker.spawn(move || {
        // Nobody listens any more when the work was given up.
        let _ = sender.send(work());
    });
    if spawned.is_err() {
        return Err(Box::new(
            Fault::new("rego::internal", "cannot start a thread for the policies")
                .with_help("give the process more memory or threads"),
        ));
    }
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Box::new(
                    Fault::new("rego::internal", "the evaluation of the policies crashed")
                        .with_help("this is a bug in holdpoint: please report it"),
                ));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if begun.elapsed() > limits.time {
            return Err(Box::new(time_limit(limits)));
        }
        let grown = resident().zip(before).map(|(now, before)| now.saturating_sub(before));
        if grown.is_some_and(|grown| grown > limits.memory) {
            return Err(Box::new(
                Fault::new(
                    "rego::memory-limit",
                    format!("the policies used more than {} MiB", limits.memory >> 20),
                )
                .with_help(format!("reduce the policy's memory use, or raise {}", by("memory"))),
            ));
        }
    }
}

/// The fault of an evaluation that took too long.
pub(super) fn time_limit(limits: Limits) -> Fault {
    let message = format!("the policies took longer than {:?}", limits.time);
    Fault::new("rego::time-limit", message)
        .with_help(format!("make the policy faster, or raise {}", by("timeout")))
}

/// Where a limit is set: each verb has its own place.
fn by(limit: &str) -> String {
    format!("`{limit}` under `[rego]`, or `--{limit}` with `policy` and `conftest`")
}

/// The memory of the process that is in use, in bytes, where the system tells.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    // The page of every system that holdpoint is built for; where it is larger the limit is
    // reached earlier in pages, never later than four times in bytes.
    Some(pages * 4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_overruns_is_left_behind() {
        let limits = Limits { time: Duration::from_millis(30), memory: u64::MAX };
        assert_eq!(within(limits, || 7).unwrap(), 7);
        let fault = within(limits, || thread::sleep(Duration::from_secs(3600))).unwrap_err();
        assert_eq!(fault.code, "rego::time-limit");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_is_watched() {
        let limits = Limits { time: Duration::from_secs(60), memory: 64 << 20 };
        let hungry = || {
            let mut all: Vec<Vec<u8>> = Vec::new();
            for _ in 0..400 {
                all.push(vec![1; 1 << 20]);
                thread::sleep(Duration::from_millis(2));
            }
            all.len()
        };
        assert_eq!(within(limits, hungry).unwrap_err().code, "rego::memory-limit");
    }
}
