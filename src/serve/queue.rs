//! Which tasks are taken: each once, and no more than there is room for.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an id is remembered: longer than HCP Terraform repeats a delivery.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// How many ids are remembered.
const MOST: usize = 100_000;

/// What becomes of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is taken; the place must be given back.
    Taken,
    /// It was taken before.
    Repeated,
    /// There is no room.
    Full,
}

/// The places, and the ids that were seen.
pub(super) struct Queue {
    room: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: usize,
    seen: HashMap<String, Instant>,
    order: VecDeque<(Instant, String)>,
}

impl Queue {
    pub(super) fn new(room: usize) -> Self {
        Self { room, state: Mutex::new(State::default()) }
    }

    pub(super) fn enter(&self, id: &str, now: Instant) -> Entry {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((when, _)) = state.order.front()
            && (now.duration_since(*when) > REMEMBERED || state.order.len() > MOST)
        {
            if let Some((when, old)) = state.order.pop_front()
                // Forgotten and taken again, it is younger than this.
                && state.seen.get(&old) == Some(&when)
            {
                state.seen.remove(&old);
            }
        }
        if state.seen.contains_key(id) {
            return Entry::Repeated;
        }
        if state.taken >= self.room {
            return Entry::Full;
        }
        state.taken += 1;
        state.seen.insert(id.to_owned(), now);
        state.order.push_back((now, id.to_owned()));
        Entry::Taken
    }

    pub(super) fn leave(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.taken = state.taken.saturating_sub(1);
    }

    /// A task whose result nobody got: when it is delivered again it is done again.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.seen.remove(id);
    }

    pub(super) fn taken(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_and_no_more_than_there_is_room_for() {
        let (queue, now) = (Queue::new(2), Instant::now());
        assert_eq!(queue.enter("a", now), Entry::Taken);
        assert_eq!(queue.enter("a", now), Entry::Repeated);
        assert_eq!(queue.enter("b", now), Entry::Taken);
        assert_eq!(queue.enter("c", now), Entry::Full);
        queue.leave();
        assert_eq!(queue.enter("a", now), Entry::Repeated);
        assert_eq!(queue.enter("c", now), Entry::Taken);
        assert_eq!(queue.taken(), 2);
        queue.leave();
        let later = now + REMEMBERED + Duration::from_secs(1);
        assert_eq!(queue.enter("a", later), Entry::Taken, "it was forgotten");
    }

    #[test]
    fn what_was_forgotten_is_taken_again_and_then_remembered() {
        let (queue, start) = (Queue::new(10), Instant::now());
        assert_eq!(queue.enter("a", start), Entry::Taken);
        queue.leave();
        queue.forget("a");
        let later = start + REMEMBERED / 2;
        assert_eq!(queue.enter("a", later), Entry::Taken);
        let end = start + REMEMBERED + Duration::from_secs(1);
        assert_eq!(queue.enter("b", end), Entry::Taken, "the first entry of `a` is dropped here");
        assert_eq!(queue.enter("a", end), Entry::Repeated);
    }
}
