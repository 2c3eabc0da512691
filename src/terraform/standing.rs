//! How far the source speaks for a subject. A source that is at hand and cannot be used is worse
//! than none: whoever wrote the change could have made it so.

use std::sync::PoisonError;

use super::Plan;
use super::attributes::PlannedAttributes;
use super::source::Source;
use crate::clouds::documents;
use crate::model::subject::{PlanOrigin, Side, Subject};
use crate::model::value::Unknown;

/// How far the source speaks for a subject.
#[derive(Clone, Copy)]
pub(super) enum Standing<'s> {
    /// It was read, and is the plan's.
    Read(&'s Source),
    /// Nobody has it here.
    Absent,
    /// It is at hand, and could not be read whole, or is not the plan's.
    Refused,
}

impl Standing<'_> {
    /// Whether the source is at hand and cannot be used.
    pub(super) fn is_refused(self) -> bool {
        matches!(self, Self::Refused)
    }

    /// A doubt about what stands in the source.
    pub(super) fn explained(self, doubt: &str) -> Unknown {
        Unknown::because(match self {
            Self::Refused => format!("{doubt}, and its source could not be used"),
            Self::Read(_) | Self::Absent => doubt.to_owned(),
        })
    }
}

impl<'p> Plan<'p> {
    /// How far the source speaks for the subject that has these attributes after the change.
    pub(super) fn standing<'s>(&'s self, attributes: &PlannedAttributes<'_, '_>) -> Standing<'s> {
        let Some(source) = &self.source else {
            return if self.source_refused { Standing::Refused } else { Standing::Absent };
        };
        let Subject { kind, name, .. } = attributes.subject();
        let Some(PlanOrigin { module, mode, .. }) = attributes.subject().plan() else {
            return Standing::Absent;
        };
        match self.trusted_source(attributes) {
            None => Standing::Refused,
            Some(source) if source.attribute_names(module, *mode, kind, name).is_some() => {
                Standing::Read(source)
            }
            Some(_) if source.is_elsewhere(module) => Standing::Absent,
            Some(_) => Standing::Refused,
        }
    }

    /// Why the references of a subject after the change may be used otherwise than as they stand:
    /// its source is refused.
    pub(super) fn refused(&self, subject: &Subject) -> Option<Unknown> {
        if self.source.is_none() && !self.source_refused {
            return None;
        }
        let attributes = PlannedAttributes::open(self, subject, Side::After);
        let why = || format!("the source of `{}` could not be used", subject.address);
        self.standing(&attributes).is_refused().then(|| Unknown::because(why()))
    }

    /// Says once what would tell more about a reference to a document.
    pub(super) fn note_untrusted(&self, reference: &str) {
        let is_document = documents::all().any(|own| reference.contains(own.kind));
        if self.source.is_none() && !self.source_refused && is_document {
            let notice = "without the source, a value that refers to a policy document may be any \
                          function of it, and is not known: name the folder of the root module \
                          with `--source`";
            self.notices.lock().unwrap_or_else(PoisonError::into_inner).insert(notice.to_owned());
        }
    }

    /// Whether a single reference to a document counts as the document: only where the user says
    /// so, and no source is at hand that could say otherwise.
    pub(super) fn trusts_references(&self) -> bool {
        self.trust_references && self.source.is_none() && !self.source_refused
    }
}
