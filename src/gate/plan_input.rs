//! One plan, as everybody sees it who evaluates it.

use rustc_hash::FxHashMap;

use crate::decide::Judged;
use crate::model::subject::{Origin, Subject, SubjectId};
use crate::terraform::Plan;

/// The address of what is about the plan as a whole.
const WHOLE: &str = "(plan)";

/// One plan, with the text that it was read from.
pub(super) struct PlanInput<'r> {
    /// As the user named it.
    pub(super) name: &'r str,
    /// Its JSON.
    pub(super) text: &'r str,
    /// What the text says.
    pub(super) plan: Plan<'r>,
}

/// The numbers of the rules that run, by id.
pub(super) type Numbers = FxHashMap<String, usize>;

/// The plan as a whole, for findings that name no part of it; added behind its subjects when the
/// first of them comes.
pub(super) fn whole(judged: &mut Judged<'_>) -> SubjectId {
    match judged.subjects.last() {
        Some(last) if last.origin == Origin::Whole => last.id,
        _ => {
            let id = SubjectId(u32::try_from(judged.subjects.len()).unwrap_or(u32::MAX));
            judged.subjects.to_mut().push(Subject::whole(id, WHOLE, "plan"));
            id
        }
    }
}
