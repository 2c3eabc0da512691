//! Rule `protection-removed`: in Rust because it judges the change, not a state.

use crate::model::subject::{Mode, Side, Subject};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// The change removes a protection from a resource that stays
    ///
    /// # What it checks
    /// Deletion of a resource whose only purpose is to protect: the public access block of a bucket
    /// or of the account, the account's block of public snapshots, default encryption of new
    /// volumes, a trail, the detector of `GuardDuty`, the recorder of AWS Config, Security Hub,
    /// Macie, an organization policy, the lock of a backup vault, the firewall of a load balancer.
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
    types: [
        "aws_backup_vault_lock_configuration",
        "aws_cloudtrail",
        "aws_config_configuration_recorder",
        "aws_ebs_encryption_by_default",
        "aws_ebs_snapshot_block_public_access",
        "aws_guardduty_detector",
        "aws_macie2_account",
        "aws_organizations_policy_attachment",
        "aws_s3_account_public_access_block",
        "aws_s3_bucket_public_access_block",
        "aws_securityhub_account",
        "aws_wafv2_web_acl_association",
    ],
    frameworks: [("NIST 800-53", ["AC-3", "CM-3"])],
    params: [],
    check: Change(check),
}

/// The attribute that names the protected resource, and the types it may have; `None` if the
/// protection covers the whole account.
fn protects(kind: &str) -> Option<(&'static str, &'static [&'static str])> {
    match kind {
        "aws_backup_vault_lock_configuration" => Some((
            "backup_vault_name",
            &["aws_backup_vault", "aws_backup_logically_air_gapped_vault"],
        )),
        "aws_organizations_policy_attachment" => Some((
            "target_id",
            &["aws_organizations_account", "aws_organizations_organizational_unit"],
        )),
        "aws_s3_bucket_public_access_block" => Some(("bucket", &["aws_s3_bucket"])),
        "aws_wafv2_web_acl_association" => Some((
            "resource_arn",
            &[
                "aws_alb",
                "aws_api_gateway_stage",
                "aws_apprunner_service",
                "aws_appsync_graphql_api",
                "aws_cognito_user_pool",
                "aws_lb",
                "aws_verifiedaccess_instance",
            ],
        )),
        _ => None,
    }
}

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let Some(before) = &change.before else { return };
    let subject = before.subject;
    if !subject.actions().destroys() || subject.actions().is_replace() || subject.is_deposed() {
        return;
    }
    let protected = protects(&subject.kind);
    let created = before.all_subjects().iter().filter(|other| {
        other.kind == subject.kind && other.exists(Side::After) && !other.exists(Side::Before)
    });
    let created_again = Truth::any(created.map(|other| match protected {
        Some((attribute, kinds)) => same(before, other, attribute, kinds),
        None => for_account(before, other),
    }));
    let destroyed_too = protected.is_some_and(|(attribute, kinds)| {
        let resources = named(before, attribute, kinds);
        !resources.is_empty() && resources.iter().all(|it| !it.exists(Side::After))
    });
    let broken = created_again.or(Truth::from(destroyed_too)).not();
    answers.judge(&broken, "", "the change removes a protection from a resource that stays");
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
