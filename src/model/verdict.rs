//! The verdict, and everything that a report may say about it.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::rule::Meta;

/// May the change go ahead?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Everything was read, every rule ran, nothing blocks.
    Pass,
    /// A finding blocks.
    Block,
    /// There is no verdict: see the errors.
    Undecided,
}

impl Decision {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Decision::Pass => "pass",
            Decision::Block => "block",
            Decision::Undecided => "undecided",
        }
    }

    /// The exit code; no output format changes it.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Decision::Pass => Exit::Pass,
            Decision::Block => Exit::Block,
            Decision::Undecided => Exit::Undecided,
        }
    }
}

/// Process exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was read, every rule ran, nothing blocks.
    Pass = 0,
    /// The change is blocked.
    Block = 1,
    /// No verdict: bad input, bad policy, bad usage, nothing evaluated, internal error.
    Undecided = 2,
}

/// A problem that prevented a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable code, `plan::truncated`.
    pub code: String,
    /// What is wrong; lower case, no full stop.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
    /// The input that it concerns.
    pub file: Option<String>,
}

/// What the subjects of a run are called, and whether they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counted {
    /// Resources that a plan changes.
    #[default]
    Resources,
    /// Objects in manifests: nothing says what changes.
    Objects,
}

/// How much was evaluated: the proof that something was checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Inputs read.
    pub inputs: usize,
    /// Subjects in them: resource instances and data sources read at apply.
    pub subjects: usize,
    /// Subjects that the change creates, updates, replaces, deletes, ....
    pub changed: usize,
    /// Rules that ran.
    pub rules: usize,
    /// Checks made: pairs of a rule and a subject that it claims.
    pub checks: usize,
    /// What the subjects are.
    pub counted: Counted,
}

impl Counts {
    /// Whether the inputs could change something, and do not.
    #[must_use]
    pub fn makes_no_changes(&self) -> bool {
        match self.counted {
            Counted::Resources => self.changed == 0,
            Counted::Objects => false,
        }
    }
}

/// The verdict over all inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// May the change go ahead?
    pub decision: Decision,
    /// Findings, sorted: blocking first, then by severity, address, rule, path.
    pub findings: Vec<Finding>,
    /// Notices that are not findings, one line each.
    pub notices: Vec<String>,
    /// Why there is no verdict; empty otherwise.
    pub errors: Vec<Problem>,
    /// How much was evaluated.
    pub counts: Counts,
    /// The rules that ran, by id.
    pub rules: BTreeMap<String, Meta>,
    /// The inputs' names as the user gave them.
    pub inputs: Vec<String>,
}

impl Verdict {
    /// Findings that block the change.
    pub fn blocking(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.blocks)
    }
}
