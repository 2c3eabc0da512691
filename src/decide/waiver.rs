//! Risks that somebody has taken, for a time; and what became of each.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::model::finding::WaiverUse;
use crate::model::raised::stem;
use crate::model::subject::Subject;

use super::glob;

/// How many days ahead an expiry is announced.
const ANNOUNCE: i32 = 14;

/// One `[[waiver]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The rule's id.
    pub rule: String,
    /// The resource's address, or a pattern when `glob` is set.
    pub address: String,
    /// Whether `*` in the address is a wildcard, for any text within one step of an address.
    pub glob: bool,
    /// The attribute path that it is limited to, with or without indexes.
    pub path: Option<String>,
    /// The container that it is limited to.
    pub container: Option<String>,
    /// Why the risk is taken.
    pub reason: String,
    /// The ticket that records the decision.
    pub ticket: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts.
    pub expires: Date,
}

/// The last day on which a waiver that is written today may expire. A date beyond the end of the
/// calendar cannot be named either.
pub(super) fn latest_expiry(today: Date, most_days: u32) -> Date {
    today.checked_add(i64::from(most_days).days()).unwrap_or(Date::MAX)
}

impl Waiver {
    /// Whether it is about this place.
    fn covers(&self, rule: &str, address: &str, path: &str, container: Option<&str>) -> bool {
        self.rule == rule
            && self.container.as_deref().is_none_or(|wanted| container == Some(wanted))
            && self.reaches(address)
            && self.path.as_ref().is_none_or(|wanted| wanted == path || *wanted == stem(path))
    }

    fn reaches(&self, address: &str) -> bool {
        if self.glob { glob::matches(&self.address, address) } else { self.address == address }
    }

    fn as_use(&self) -> WaiverUse {
        WaiverUse {
            reason: self.reason.clone(),
            ticket: self.ticket.clone(),
            owner: self.owner.clone(),
            expires: self.expires.to_string(),
        }
    }
}

/// The waivers of a run, and how often each was needed.
pub(super) struct Book<'w> {
    entries: Vec<(&'w Waiver, usize)>,
    today: Date,
}

impl<'w> Book<'w> {
    pub(super) fn new(waivers: &'w [Waiver], today: Date) -> Self {
        Self { entries: waivers.iter().map(|waiver| (waiver, 0)).collect(), today }
    }

    /// The waiver that holds for a finding. Of several the one that lasts longest; every one that
    /// covers the finding counts as needed, an expired one too.
    pub(super) fn apply(
        &mut self,
        rule: &str,
        address: &str,
        path: &str,
        container: Option<&str>,
    ) -> Option<WaiverUse> {
        let mut best: Option<&Waiver> = None;
        for (waiver, used) in &mut self.entries {
            if waiver.covers(rule, address, path, container) {
                *used += 1;
                let lasts = best.is_none_or(|best| waiver.expires > best.expires);
                if waiver.expires >= self.today && lasts {
                    best = Some(waiver);
                }
            }
        }
        best.map(Waiver::as_use)
    }

    /// What somebody should know of the waivers, in the order of the file.
    /// Those of rules that another gate asks are its business.
    pub(super) fn notices(
        &self,
        subjects: &[&Subject],
        most: usize,
        elsewhere: &[String],
    ) -> Vec<String> {
        let mut notices = Vec::new();
        for (waiver, used) in &self.entries {
            if elsewhere.contains(&waiver.rule) {
                continue;
            }
            let name = format!("waiver of `{}` for `{}`", waiver.rule, waiver.address);
            let (ticket, owner, day) = (&waiver.ticket, &waiver.owner, waiver.expires);
            let expired = day < self.today;
            match (expired, *used) {
                (true, 0) => notices.push(format!(
                    "{name} expired on {day} and no longer matches anything: remove it ({ticket})"
                )),
                (true, _) => notices.push(format!(
                    "{name} expired on {day}: the findings it covered count again ({ticket}, {owner})"
                )),
                (false, 0) => {
                    notices.push(format!("{name} matches nothing: remove it ({ticket})"));
                }
                (false, _) => {
                    let left = (day - self.today).get_days();
                    if left <= ANNOUNCE {
                        notices.push(format!(
                            "{name} expires on {day}, in {left} days ({ticket}, {owner})"
                        ));
                    }
                }
            }
            if expired || !waiver.glob {
                continue;
            }
            let whole = subjects.len() > 1 && subjects.iter().all(|s| waiver.reaches(&s.address));
            if whole {
                notices.push(format!("{name} is too broad: it matches every address in the input"));
            } else if *used > most {
                notices.push(format!(
                    "{name} is too broad: it covers {used} findings, more than {most}"
                ));
            }
        }
        notices
    }
}
