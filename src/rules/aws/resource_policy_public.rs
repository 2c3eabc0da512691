//! `resource-policy-public`: a resource that anyone may use.

use super::shared::extent::extent;
use super::shared::policies::{Place, Wording, answer, culprit, policy_at};
use super::shared::resource_policies::POLICIES;
use crate::iam::condition::{Condition, Conditions, Purpose};
use crate::iam::element::{Texts, shown};
use crate::iam::exposure;
use crate::iam::principal::names_anybody;
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Resource policy grants access to everyone
    ///
    /// # What it checks
    /// The policy of buckets, queues, topics, keys, secrets, repositories, search domains, event
    /// buses, vaults, file systems, tables, streams and so on, inline or as a separate resource,
    /// must not have a statement with `Effect: Allow` whose principal is everyone (`"*"`,
    /// `{"AWS": "*"}`, `arn:aws:iam::*:root`, `NotPrincipal`). The permissions of Lambda functions,
    /// layers and event buses must not be granted to `*`.
    ///
    /// Nothing is reported if a condition narrows the callers to yours: `aws:SourceArn` with an
    /// account, `aws:SourceAccount`, `aws:PrincipalOrgID`, `aws:PrincipalArn`, `aws:SourceVpce`,
    /// `aws:SourceIp` of less than a `/8`, `kms:CallerAccount`, ...; nor if a `Deny` in the same
    /// document leaves only those. TLS, MFA, `aws:Referer`, `aws:UserAgent`, `aws:ViaAWSService`,
    /// `kms:ViaService`, wildcards as values, a key compared with itself (`${aws:PrincipalOrgID}`),
    /// negated operators, `...IfExists` and `ForAllValues:` do not narrow. A search domain inside a
    /// VPC, or with fine-grained access control, is not open. The account itself
    /// (`arn:aws:iam::123456789012:root`) is not everyone: a key policy starts with it.
    ///
    /// A bucket policy counts even if a public access block would stop it: in that case the apply
    /// fails. Policies of API Gateway and VPC endpoints are open by design and are not judged here,
    /// nor are services that may invoke without `aws:SourceArn`.
    /// # Why
    /// Everyone means every AWS account, and for most of these resources every anonymous caller:
    /// data is read, messages are injected, keys are used. Nothing else has to go wrong.
    /// # How to fix
    /// Name the principals, or narrow `*` to your organization:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringEquals"
    ///   variable = "aws:PrincipalOrgID"
    ///   values   = ["o-exampleorgid"]
    /// }
    /// ```
    ///
    /// A website belongs behind CloudFront with origin access control; a bucket that is public on
    /// purpose gets a waiver that says so.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    /// - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    id: "resource-policy-public",
    severity: Critical,
    service: "IAM",
    types: [
        "aws_acmpca_policy", "aws_backup_vault_policy", "aws_bedrockagentcore_resource_policy",
        "aws_cloudsearch_domain_service_access_policy", "aws_cloudwatch_event_bus_policy",
        "aws_cloudwatch_event_permission", "aws_cloudwatch_log_delivery_destination_policy",
        "aws_cloudwatch_log_destination_policy", "aws_cloudwatch_log_resource_policy",
        "aws_codeartifact_domain_permissions_policy",
        "aws_codeartifact_repository_permissions_policy", "aws_codebuild_resource_policy",
        "aws_dsql_cluster_policy", "aws_dynamodb_resource_policy", "aws_ecr_registry_policy",
        "aws_ecr_repository_policy", "aws_ecrpublic_repository_policy",
        "aws_efs_file_system_policy", "aws_elasticsearch_domain", "aws_elasticsearch_domain_policy",
        "aws_fsx_s3_access_point_attachment", "aws_glacier_vault", "aws_glacier_vault_lock",
        "aws_glue_resource_policy", "aws_kinesis_resource_policy", "aws_kms_external_key",
        "aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_external_key", "aws_kms_replica_key",
        "aws_lambda_layer_version_permission", "aws_lambda_permission",
        "aws_lambda_resource_policy", "aws_media_store_container_policy", "aws_msk_cluster_policy",
        "aws_networkfirewall_resource_policy", "aws_oam_sink_policy", "aws_opensearch_domain",
        "aws_opensearch_domain_policy", "aws_organizations_resource_policy",
        "aws_osis_resource_policy", "aws_pinpointsmsvoicev2_resource_policy",
        "aws_prometheus_resource_policy", "aws_redshift_resource_policy",
        "aws_redshiftserverless_resource_policy", "aws_s3_access_point", "aws_s3_bucket",
        "aws_s3_bucket_policy", "aws_s3control_access_grants_instance_resource_policy",
        "aws_s3control_access_point_policy", "aws_s3control_bucket_policy",
        "aws_s3control_multi_region_access_point_policy",
        "aws_s3control_object_lambda_access_point_policy", "aws_s3files_file_system_policy",
        "aws_s3tables_table_bucket_policy", "aws_s3tables_table_policy",
        "aws_s3vectors_vector_bucket_policy", "aws_sagemaker_model_package_group_policy",
        "aws_schemas_registry_policy", "aws_secretsmanager_secret",
        "aws_secretsmanager_secret_policy", "aws_ses_identity_policy",
        "aws_sesv2_email_identity_policy", "aws_sns_topic", "aws_sns_topic_policy", "aws_sqs_queue",
        "aws_sqs_queue_policy", "aws_vpclattice_resource_policy", "aws_xray_resource_policy",
    ],
    frameworks: [("AWS FSBP", ["S3.2", "S3.3", "SQS.3", "Lambda.1"])],
    params: [],
    holds: narrower,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the resource policy grants access to everyone",
    possible: "the resource policy may grant access to everyone",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let kind = view.subject.kind.as_str();
    let Some((_, attribute)) = POLICIES.iter().find(|(held_by, _)| *held_by == kind) else {
        return permission(view, answers);
    };
    for place in policy_at(view, attribute).iter() {
        let document = &place.document;
        let broken = exposure::opens(document, Purpose::Resource).and(guarded(view).not());
        if broken.is_false() {
            continue;
        }
        let detail = culprit(document, |s| exposure::is_open(document, s, Purpose::Resource));
        let key = format!(
            "everybody\n{}",
            extent(document, |s| exposure::is_open(document, s, Purpose::Resource))
        );
        answer(answers, place, &broken, &WORDING, &key, &detail);
    }
}

/// Whether something other than the policy decides who gets in: the network or the users of a
/// search domain.
fn guarded(view: &View<'_>) -> Truth {
    match view.subject.kind.as_str() {
        "aws_elasticsearch_domain" | "aws_opensearch_domain" => guarded_domain(view),
        "aws_elasticsearch_domain_policy" | "aws_opensearch_domain_policy" => {
            let domains = view.follow("domain_name");
            Truth::any(
                domains
                    .certain
                    .iter()
                    .filter(|domain| domain.kind.ends_with("search_domain"))
                    .map(|domain| guarded_domain(&view.look_at(domain))),
            )
        }
        _ => Truth::False,
    }
}

fn guarded_domain(view: &View<'_>) -> Truth {
    let network = view.attribute("vpc_options");
    let in_vpc = match network.rest() {
        _ if !network.elements().is_empty() => Truth::True,
        Some(why) => Truth::Unknown(why.clone()),
        None => Truth::False,
    };
    let users = view.attribute("advanced_security_options");
    let fine_grained =
        users.get("enabled").is_true().and(users.get("anonymous_auth_enabled").is_true().not());
    in_vpc.or(fine_grained)
}

/// Whether the principal of a permission is everyone.
pub(super) fn is_everyone(principal: &Value) -> Truth {
    match principal.as_str() {
        Some(text) if text.ends_with("amazonaws.com") => names_anybody("Service", principal),
        _ => names_anybody("AWS", principal),
    }
}

/// A permission that is a statement by itself, such as `aws_lambda_permission`.
fn permission(view: &View<'_>, answers: &mut Answers) {
    let principal = view.attribute("principal");
    let mut conditions = Conditions::default();
    let mut require = |operator: &str, key: &str, value: &Value| {
        if !value.is_null() && value.as_str() != Some("") {
            conditions.entries.push(Condition {
                operator: operator.to_owned(),
                key: key.to_owned(),
                values: Texts { items: vec![value.clone()], rest: None },
            });
        }
    };
    require("ArnLike", "aws:SourceArn", &view.attribute("source_arn"));
    require("StringEquals", "aws:SourceAccount", &view.attribute("source_account"));
    require("StringEquals", "aws:PrincipalOrgID", &view.attribute("principal_org_id"));
    require("StringEquals", "aws:PrincipalOrgID", &view.attribute("organization_id"));
    let block = view.attribute("condition");
    for condition in block.elements() {
        let (operator, key) = (condition.get("type"), condition.get("key"));
        if let (Some(operator), Some(key)) = (operator.as_str(), key.as_str()) {
            require(operator, key, &condition.get("value"));
        } else if let Some(why) = condition.doubt() {
            conditions.rest = Some(why.clone());
        }
    }
    conditions.rest = conditions.rest.or_else(|| block.rest().cloned());
    let broken = is_everyone(&principal).and(conditions.narrow(Purpose::Resource).not());
    let place = Place {
        path: "principal".to_owned(),
        name: String::new(),
        document: crate::iam::Document::default(),
    };
    let detail = format!("principal {}", shown(&principal));
    answer(answers, &place, &broken, &WORDING, "everybody", &detail);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_attribute() {
        for kind in RULE.types.list().iter() {
            let known =
                POLICIES.iter().any(|(known, _)| known == kind) || kind.ends_with("_permission");
            assert!(known, "{kind}");
        }
        assert!(POLICIES.iter().all(|(own, _)| RULE.types.list().contains(own)));
    }
}
