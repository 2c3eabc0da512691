//! Progress on standard error: on a terminal only, and only if work takes over a second.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::console::to_stderr;

/// Does the work, and shows a progress line if it takes long.
pub(super) fn shown<T>(quiet: bool, what: &str, work: impl FnOnce() -> T) -> T {
    if quiet || !std::io::stderr().is_terminal() {
        return work();
    }
    // The sender lives as long as the work, also when that panics: the line always goes away.
    let (alive, done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if done.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                to_stderr(&format!("{what} ..."));
                // Ends when the sender is dropped.
                let _ = done.recv();
                to_stderr("\r\x1b[K");
            }
        });
        let result = work();
        drop(alive);
        result
    })
}
