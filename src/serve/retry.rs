//! Tries again what may go better the next time, later and later, never past the deadline.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How a try ended.
pub(super) enum Tried<T> {
    /// Well.
    Done(T),
    /// For good.
    Refused(String),
    /// It may go better; after this time, if the other side named one.
    Again(String, Option<Duration>),
}

impl<T> Tried<T> {
    /// What was done, as something else.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Tried<U> {
        match self {
            Tried::Done(done) => Tried::Done(change(done)),
            Tried::Refused(why) => Tried::Refused(why),
            Tried::Again(why, asked) => Tried::Again(why, asked),
        }
    }
}

/// The first pause, doubled after each try.
const FIRST: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(20);

/// Tries until it is done or refused, or until there is no time for one more.
pub(super) async fn until<T, F>(
    deadline: Instant,
    mut attempt: impl FnMut() -> F,
) -> Result<T, String>
where
    F: Future<Output = Tried<T>>,
{
    let mut pause = FIRST;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let tried = tokio::time::timeout(left, attempt()).await;
        let (why, asked) = match tried {
            Ok(Tried::Done(done)) => return Ok(done),
            Ok(Tried::Refused(why)) => return Err(why),
            Ok(Tried::Again(why, asked)) => (why, asked),
            Err(_) => return Err("timed out".to_owned()),
        };
        // Not all at once after an outage: between half and the whole of the pause.
        let wait = asked.unwrap_or_else(|| pause.mul_f64(0.5 + spread() / 2.0)).min(LONGEST);
        if Instant::now() + wait >= deadline {
            return Err(why);
        }
        sleep(wait).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Something between 0 and 1 that differs between tasks; no secret depends on it.
fn spread() -> f64 {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    f64::from(nanos % 1000) / 1000.0
}
