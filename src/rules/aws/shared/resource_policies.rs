//! Every place that holds a resource policy: who else may use this bucket, queue, key or role.

use super::policies::{Places, Wording, answer, culprit, policy_at};
use crate::iam::Statement;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

/// The path that holds the policy, by type.
pub(crate) const POLICIES: [(&str, &str); 66] = [
    ("aws_acmpca_policy", "policy"),
    ("aws_backup_vault_policy", "policy"),
    ("aws_bedrockagentcore_resource_policy", "policy"),
    ("aws_cloudsearch_domain_service_access_policy", "access_policy"),
    ("aws_cloudwatch_event_bus_policy", "policy"),
    ("aws_cloudwatch_log_delivery_destination_policy", "delivery_destination_policy"),
    ("aws_cloudwatch_log_destination_policy", "access_policy"),
    ("aws_cloudwatch_log_resource_policy", "policy_document"),
    ("aws_codeartifact_domain_permissions_policy", "policy_document"),
    ("aws_codeartifact_repository_permissions_policy", "policy_document"),
    ("aws_codebuild_resource_policy", "policy"),
    ("aws_dsql_cluster_policy", "policy"),
    ("aws_dynamodb_resource_policy", "policy"),
    ("aws_ecr_registry_policy", "policy"),
    ("aws_ecr_repository_policy", "policy"),
    ("aws_ecrpublic_repository_policy", "policy"),
    ("aws_efs_file_system_policy", "policy"),
    ("aws_elasticsearch_domain", "access_policies"),
    ("aws_elasticsearch_domain_policy", "access_policies"),
    ("aws_fsx_s3_access_point_attachment", "s3_access_point[0].policy"),
    ("aws_glacier_vault", "access_policy"),
    ("aws_glacier_vault_lock", "policy"),
    ("aws_glue_resource_policy", "policy"),
    ("aws_kinesis_resource_policy", "policy"),
    ("aws_kms_external_key", "policy"),
    ("aws_kms_key", "policy"),
    ("aws_kms_key_policy", "policy"),
    ("aws_kms_replica_external_key", "policy"),
    ("aws_kms_replica_key", "policy"),
    ("aws_lambda_resource_policy", "policy"),
    ("aws_media_store_container_policy", "policy"),
    ("aws_msk_cluster_policy", "policy"),
    ("aws_networkfirewall_resource_policy", "policy"),
    ("aws_oam_sink_policy", "policy"),
    ("aws_opensearch_domain", "access_policies"),
    ("aws_opensearch_domain_policy", "access_policies"),
    ("aws_organizations_resource_policy", "content"),
    ("aws_osis_resource_policy", "policy"),
    ("aws_pinpointsmsvoicev2_resource_policy", "policy"),
    ("aws_prometheus_resource_policy", "policy_document"),
    ("aws_redshift_resource_policy", "policy"),
    ("aws_redshiftserverless_resource_policy", "policy"),
    ("aws_s3_access_point", "policy"),
    ("aws_s3_bucket", "policy"),
    ("aws_s3_bucket_policy", "policy"),
    ("aws_s3control_access_grants_instance_resource_policy", "policy"),
    ("aws_s3control_access_point_policy", "policy"),
    ("aws_s3control_bucket_policy", "policy"),
    ("aws_s3control_multi_region_access_point_policy", "details[0].policy"),
    ("aws_s3control_object_lambda_access_point_policy", "policy"),
    ("aws_s3files_file_system_policy", "policy"),
    ("aws_s3tables_table_bucket_policy", "resource_policy"),
    ("aws_s3tables_table_policy", "resource_policy"),
    ("aws_s3vectors_vector_bucket_policy", "policy"),
    ("aws_sagemaker_model_package_group_policy", "resource_policy"),
    ("aws_schemas_registry_policy", "policy"),
    ("aws_secretsmanager_secret", "policy"),
    ("aws_secretsmanager_secret_policy", "policy"),
    ("aws_ses_identity_policy", "policy"),
    ("aws_sesv2_email_identity_policy", "policy"),
    ("aws_sns_topic", "policy"),
    ("aws_sns_topic_policy", "policy"),
    ("aws_sqs_queue", "policy"),
    ("aws_sqs_queue_policy", "policy"),
    ("aws_vpclattice_resource_policy", "policy"),
    ("aws_xray_resource_policy", "policy_document"),
];

/// Documents that name principals too, but whose exposure other rules judge.
const BESIDES: [(&str, &str); 4] = [
    ("aws_api_gateway_rest_api", "policy"),
    ("aws_api_gateway_rest_api_policy", "policy"),
    ("aws_iam_role", "assume_role_policy"),
    ("aws_iot_policy", "policy"),
];

/// The types that hold a resource policy.
pub(crate) const TYPES: [&str; POLICIES.len()] = kinds(&POLICIES);

/// [`TYPES`] and the types of [`BESIDES`].
pub(crate) const WITH_TRUST: [&str; POLICIES.len() + BESIDES.len()] = {
    let mut all = [""; POLICIES.len() + BESIDES.len()];
    let (first, second) = all.split_at_mut(POLICIES.len());
    first.copy_from_slice(&TYPES);
    second.copy_from_slice(&kinds(&BESIDES));
    all
};

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn kinds<const N: usize>(table: &[(&'static str, &'static str); N]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut i = 0;
    while i < N {
        all[i] = table[i].0;
        i += 1;
    }
    all
}

/// The policies of a resource.
pub(crate) fn of(view: &View<'_>) -> Places {
    let kind = view.subject.kind.as_str();
    let held = POLICIES.iter().chain(&BESIDES).find(|(held_by, _)| *held_by == kind);
    held.map(|(_, attribute)| policy_at(view, attribute)).unwrap_or_default()
}

/// Checks every statement of a resource's policies; one for which the question is true violates the
/// rule.
pub(crate) fn judge(
    view: &View<'_>,
    answers: &mut Answers,
    wording: &Wording,
    key: &str,
    question: impl Fn(&Statement) -> Truth,
) {
    for place in of(view).iter() {
        let document = &place.document;
        let known = Truth::any(document.statements.iter().map(&question));
        let broken = match document.doubt() {
            Some(why) => known.or(Truth::Unknown(why)),
            None => known,
        };
        if broken.is_false() {
            continue;
        }
        let detail = culprit(document, &question);
        answer(answers, place, &broken, wording, key, &detail);
    }
}
