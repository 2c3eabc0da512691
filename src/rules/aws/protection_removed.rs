//! Rule `protection-removed`: in Rust because it judges the change, not a state.

use crate::clouds::aws::protections::{self, PROTECTIONS, Protection};
use crate::model::subject::{Mode, Side, Subject};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// The change removes a protection from a resource that stays
    ///
    /// # What it checks
    /// Deletion of a resource whose only purpose is to protect, detect or record: blocks of public
    /// access, default encryption, firewalls and policies of an organization, trails, flow logs,
    /// detectors with their features and members, recorders and rules of AWS Config, standards of
    /// Security Hub, backup plans and locks, versioning and replication. The types are below;
    /// `protection-weakened`, `detection-weakened` and `backup-weakened` cover changes that weaken
    /// one without deleting it.
    ///
    /// Nothing is reported if the protected resource is destroyed as well, if the protection is
    /// created again in the same change (under another address, or by replacement), or if it only
    /// leaves Terraform's state. A per-region setting must be created again in the same region; if
    /// the plan has several configurations of the provider and no `region`, the answer is
    /// undetermined.
    ///
    /// # Why
    /// No other rule sees it: a plan that deletes a block leaves no attribute behind that could be
    /// wrong. What was harmless behind it, such as a public policy or an ACL from years ago, is
    /// exposed at once. Severity is high because it is sometimes intended, so a person must confirm
    /// it.
    ///
    /// # How to fix
    /// Keep the resource. If another configuration takes it over, remove it from the state without
    /// deleting it:
    ///
    /// ```hcl
    /// removed {
    ///   from = aws_s3_bucket_public_access_block.data
    ///   lifecycle { destroy = false }
    /// }
    /// ```
    ///
    /// If it is intentional, waive this address.
    ///
    /// # References
    /// - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    /// - <https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html>
    /// - <https://developer.hashicorp.com/terraform/language/block/removed>
    id: "protection-removed",
    severity: High,
    service: "Change",
    types: { kinds },
    frameworks: [("NIST 800-53", ["AC-3", "CM-3"])],
    params: [],
    check: Change(check),
}

fn kinds() -> Vec<&'static str> {
    PROTECTIONS.iter().map(|protection| protection.kind).collect()
}

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let Some(before) = &change.before else { return };
    let subject = before.subject;
    if !subject.actions().destroys() || subject.actions().is_replace() || subject.is_deposed() {
        return;
    }
    let Some(protection) = protections::of(&subject.kind) else { return };
    let created = before.all_subjects().iter().filter(|other| {
        other.kind == subject.kind && other.exists(Side::After) && !other.exists(Side::Before)
    });
    let created_again = Truth::any(created.map(|other| {
        match protection.named_by(before) {
            Some((attribute, kinds)) => same(before, other, attribute, kinds),
            None => for_account(before, other),
        }
        .and(protection.is_told_apart(before, other).not())
    }));
    let destroyed_too = protection.protected_goes(before);
    let broken = created_again.or(Truth::from(destroyed_too)).not();
    answers.judge(&broken, "", "the change removes a protection from a resource that stays");
}

impl Protection {
    /// The attribute that names what this one protects, and the types which that may have.
    fn named_by(&self, view: &View<'_>) -> Option<(&'static str, &'static [&'static str])> {
        let is_set = |attribute: &str| {
            let value = view.attribute(attribute);
            !value.is_null() && value.as_str() != Some("")
        };
        let first = || self.of.first().copied();
        self.of.iter().copied().find(|(attribute, _)| is_set(attribute)).or_else(first)
    }

    /// Whether the other one protects something else of the same resource or account.
    fn is_told_apart(&self, before: &View<'_>, other: &Subject) -> Truth {
        let other = before.look_at(other).on(Side::After);
        Truth::any(self.by.iter().map(|attribute| {
            let (old, new) = (before.attribute(attribute), other.attribute(attribute));
            match (&*old, &*new) {
                (Value::String(old), Value::String(new)) => Truth::from(old != new),
                (Value::Null, Value::Null) => Truth::False,
                (_, new) => match new.doubt() {
                    Some(why) => Truth::Unknown(why.clone()),
                    None => Truth::True,
                },
            }
        }))
    }

    /// Whether all that it protects is destroyed as well.
    fn protected_goes(&self, before: &View<'_>) -> bool {
        let gone = |resource: &&Subject| !resource.exists(Side::After);
        if self.through.is_empty() {
            let resources = self
                .named_by(before)
                .map(|(attribute, kinds)| named(before, attribute, kinds))
                .unwrap_or_default();
            return !resources.is_empty() && resources.iter().all(gone);
        }
        let pointing = |(kind, attribute): &(&str, &str)| before.pointing_here(kind, attribute);
        let places: Vec<&Subject> =
            self.through.iter().flat_map(|place| pointing(place).certain).collect();
        !places.is_empty()
            && places.iter().all(|place| {
                gone(place)
                    && protections::of(&place.kind)
                        .is_none_or(|own| own.protected_goes(&before.look_at(place)))
            })
    }
}

/// Whether another protection of the whole account, created in the same change, replaces this one.
fn for_account(before: &View<'_>, other: &Subject) -> Truth {
    let (kind, provider) = (before.subject.kind.as_str(), before.subject.provider());
    let other = before.look_at(other).on(Side::After);
    let weaker = match kind {
        "aws_cloudtrail" => {
            let organization = |view: &View<'_>| view.attribute("is_organization_trail").is_true();
            organization(before).and(organization(&other).not())
        }
        "aws_macie2_account" => {
            let status = other.attribute("status");
            match status.doubt() {
                Some(why) => Truth::Unknown(why.clone()),
                None => Truth::from(status.as_str() == Some("PAUSED")),
            }
        }
        _ => Truth::False,
    };
    let (here, there) = (before.attribute("region"), other.attribute("region"));
    let same_region = match (&*here, &*there) {
        // A single setting for all regions.
        _ if kind == "aws_s3_account_public_access_block" => Truth::True,
        (Value::String(here), Value::String(there)) => Truth::from(here == there),
        // A deleted resource is gone from the configuration, and so is its provider alias.
        _ => {
            let of_provider = |other: &&Subject| {
                other.mode() == Some(Mode::Provider) && other.provider() == provider
            };
            match before.all_subjects().iter().filter(of_provider).count() {
                0 | 1 => Truth::True,
                _ => Truth::Unknown(Unknown::because(
                    "it may be created again in another region only",
                )),
            }
        }
    };
    same_region.and(weaker.not())
}

/// The resources that a protection names, of the given types: others may have the same id.
fn named<'v>(view: &View<'v>, attribute: &str, kinds: &[&str]) -> Vec<&'v Subject> {
    let mut all = view.follow(attribute).certain;
    all.retain(|subject| kinds.contains(&subject.kind.as_str()));
    all
}

/// Whether another protection covers the same resource, by name or by reference.
fn same(before: &View<'_>, other: &Subject, attribute: &str, kinds: &[&str]) -> Truth {
    let other = before.look_at(other).on(Side::After);
    let (old, new) = (before.attribute(attribute), other.attribute(attribute));
    if let (Value::String(old), Value::String(new)) = (&*old, &*new) {
        return Truth::from(old == new);
    }
    let (from, to) = (named(before, attribute, kinds), named(&other, attribute, kinds));
    match (to.is_empty(), new.doubt()) {
        (true, Some(why)) => Truth::Unknown(why.clone()),
        (true, None) => Truth::False,
        (false, _) => Truth::from(to.iter().all(|new| from.iter().any(|old| old.id == new.id))),
    }
}
