//! What was done to an account, a line of JSON each, written before and after it is done. What
//! cannot be read back from the account, the text of a service control policy that is overwritten,
//! is in here first.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::plan::{Place, Plan};

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// A plan is begun, or gone on with.
    Begin {
        /// The plan, whole: with it everything can be put back.
        plan: Box<Plan>,
    },
    /// A policy is made.
    Create {
        /// Its name.
        policy: String,
    },
    /// A document is put in force.
    Switch {
        /// The policy's ARN or id.
        policy: String,
        /// The version in force until now.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The document in force until now.
        before: serde_json::Value,
    },
    /// A policy was put on somebody.
    Attached {
        /// The policy's ARN or id.
        policy: String,
        /// Whom.
        target: String,
    },
    /// A policy was taken off somebody.
    Detached {
        /// The policy's ARN or id.
        policy: String,
        /// Whom.
        target: String,
    },
    /// A policy is deleted.
    Delete {
        /// The policy's ARN or id.
        policy: String,
        /// Its result.
        before: serde_json::Value,
    },
    /// All is put back as it was.
    Undo {
        /// Why.
        why: String,
    },
    /// A plan is done.
    Done {
        /// The digest of the plan.
        digest: String,
    },
}

#[derive(Serialize)]
struct Line<'e> {
    time: String,
    #[serde(flatten)]
    event: &'e Event,
}

/// A journal that this run writes.
#[derive(Debug)]
pub struct Journal {
    file: Option<File>,
    clock: fn() -> String,
    /// Whether the work goes on when a line cannot be written.
    spared: bool,
}

impl Journal {
    /// Opens a journal, or makes it with the folder that it is in, and keeps others out of it.
    ///
    /// # Errors
    /// It cannot be written, or another run holds it.
    pub fn open(path: &Path, clock: fn() -> String) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        file.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another run is changing this guard right now",
            ),
            std::fs::TryLockError::Error(error) => error,
        })?;
        // A line that was cut off must not swallow the next one.
        let length = file.seek(SeekFrom::End(0))?;
        if length > 0 {
            let mut end = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut end)?;
            if end != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(Self { file: Some(file), clock, spared: false })
    }

    /// A journal that nobody reads, for tests.
    #[cfg(test)]
    pub(super) fn nowhere() -> Self {
        Self { file: None, clock: String::new, spared: false }
    }

    /// From now on a line that cannot be written stops nothing: putting the old guard back must not
    /// wait for a disk.
    pub(super) fn spare(&mut self) {
        self.spared = true;
    }

    /// Writes a line.
    ///
    /// # Errors
    /// It is not on the disk; then what it announces must not be done.
    pub fn write(&mut self, event: &Event) -> io::Result<()> {
        let done = self.append(event);
        if self.spared { Ok(()) } else { done }
    }

    fn append(&mut self, event: &Event) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_string(&Line { time: (self.clock)(), event })?;
        line.push('\n');
        file.write_all(line.as_bytes())?;
        // What must be there before the account changes survives more than a killed process.
        match event {
            Event::Attached { .. } | Event::Detached { .. } => Ok(()),
            _ => file.sync_data(),
        }
    }
}

/// The last plan that a journal tells of the guard at a place, and whether it was done. Guards of the
/// same name may stand there as policies of several kinds.
///
/// # Errors
/// The journal cannot be read; a last line that was cut off is no error.
pub fn last(path: &Path, at: &Place) -> io::Result<Option<(Plan, bool)>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut found: Option<(Plan, bool)> = None;
    for line in text.lines() {
        match serde_json::from_str::<Event>(line) {
            // A plan that is not whole any more is none to go back by.
            Ok(Event::Begin { plan })
                if plan.is_whole()
                    && plan.place.vehicle == at.vehicle
                    && plan.place.name == at.name =>
            {
                found = Some((*plan, false));
            }
            Ok(Event::Done { digest }) => {
                if let Some((plan, done)) = &mut found {
                    *done |= plan.digest == digest;
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::state::State;
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_swallows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in/journal.jsonl");
        let place = Place {
            vehicle: "scp".to_owned(),
            name: "g".to_owned(),
            path: "/holdpoint/".to_owned(),
            account: "1".to_owned(),
            partition: "aws".to_owned(),
            endpoint: "here".to_owned(),
        };
        let mut plan = Plan::between(place.clone(), State::default(), State::default());
        plan.reason = Some("first".to_owned());
        plan.seal();
        let begin = |plan: &Plan| Event::Begin { plan: Box::new(plan.clone()) };
        let open = || Journal::open(&path, String::new).unwrap();
        open().write(&begin(&plan)).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{}", whole.get(..40).unwrap())).unwrap();
        plan.reason = Some("second".to_owned());
        plan.seal();
        open().write(&begin(&plan)).unwrap();
        assert_eq!(last(&path, &place).unwrap().unwrap().0.reason.as_deref(), Some("second"));
        // Somebody edits a line: what it says is not believed.
        let text = std::fs::read_to_string(&path).unwrap().replace("second", "third");
        std::fs::write(&path, text).unwrap();
        assert_eq!(last(&path, &place).unwrap().unwrap().0.reason.as_deref(), Some("first"));
        // The guard of the same name in the organization is another one.
        let other = Place { vehicle: "managed-policy".to_owned(), ..place };
        assert_eq!(last(&path, &other).unwrap(), None);
    }

    #[test]
    fn two_runs_do_not_share_a_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let first = Journal::open(&path, String::new).unwrap();
        assert_eq!(
            Journal::open(&path, String::new).unwrap_err().kind(),
            io::ErrorKind::ResourceBusy
        );
        drop(first);
        assert!(Journal::open(&path, String::new).is_ok());
    }
}
