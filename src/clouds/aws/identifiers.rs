//! Which attributes are identifiers that AWS or its provider makes up: one value, not empty, and
//! without a wildcard. See [`crate::model::value::Unknown::plain`].

/// Attributes that identify a resource of [`KINDS`].
pub(super) const ATTRIBUTES: &[&str] = &[
    "arn",
    "execution_arn",
    "iam_arn",
    "id",
    "invoke_arn",
    // A network of Amazon's or of an IPAM pool, or one that AWS has checked to be within the VPC's.
    "ipv6_cidr_block",
    "key_id",
    "owner_id",
    "unique_id",
];

/// Types whose `id` and ARN can hold no `*` or `?`, whatever name the author gives: AWS generates
/// them, or its naming rules leave these characters out. A type is here only if that is certain;
/// an alarm, an object or a domain name may well hold a `*`, so theirs are not.
pub(super) const KINDS: &[&str] = &[
    "aws_api_gateway_rest_api",
    "aws_apigatewayv2_api",
    "aws_cloudfront_distribution",
    "aws_cloudfront_origin_access_control",
    "aws_cloudfront_origin_access_identity",
    "aws_cloudtrail",
    "aws_codebuild_project",
    "aws_codecommit_repository",
    "aws_cognito_identity_pool",
    "aws_cognito_user_pool",
    "aws_dynamodb_table",
    "aws_ebs_volume",
    "aws_ecr_repository",
    "aws_ecs_cluster",
    "aws_ecs_task_definition",
    "aws_efs_access_point",
    "aws_efs_file_system",
    "aws_eip",
    "aws_eks_cluster",
    "aws_elasticsearch_domain",
    "aws_iam_group",
    "aws_iam_instance_profile",
    "aws_iam_openid_connect_provider",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_saml_provider",
    "aws_iam_user",
    "aws_instance",
    "aws_internet_gateway",
    "aws_kinesis_firehose_delivery_stream",
    "aws_kinesis_stream",
    "aws_kms_alias",
    "aws_kms_external_key",
    "aws_kms_key",
    "aws_kms_replica_key",
    "aws_lambda_function",
    "aws_lb",
    "aws_lb_target_group",
    "aws_nat_gateway",
    "aws_network_acl",
    "aws_opensearch_domain",
    "aws_organizations_account",
    "aws_organizations_organization",
    "aws_organizations_organizational_unit",
    "aws_rds_cluster",
    "aws_route53_zone",
    "aws_route_table",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
    "aws_security_group",
    "aws_sfn_state_machine",
    "aws_sns_topic",
    "aws_sqs_queue",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_endpoint",
    "aws_vpc_peering_connection",
];

/// What data sources tell of the account and region that a plan is for.
pub(super) const SURROUNDINGS: &[(&str, &str)] = &[
    ("aws_caller_identity", "account_id"),
    ("aws_partition", "partition"),
    ("aws_region", "id"),
    ("aws_region", "name"),
];

#[cfg(test)]
mod tests {
    use crate::clouds::aws::CLOUD;
    use crate::model::subject::Mode;

    #[test]
    fn names_that_may_hold_a_star_are_no_identifiers() {
        for (kind, attribute) in [
            ("aws_s3_object", "arn"),
            ("aws_cloudwatch_metric_alarm", "arn"),
            ("aws_apigatewayv2_domain_name", "id"),
            ("aws_iam_role", "name"),
            ("aws_iam_role", "assume_role_policy"),
        ] {
            assert!(!CLOUD.is_identifier(Mode::Managed, kind, attribute), "{kind}.{attribute}");
        }
        assert!(CLOUD.is_identifier(Mode::Managed, "aws_kms_key", "arn"));
        assert!(CLOUD.is_identifier(Mode::Data, "aws_caller_identity", "account_id"));
        assert!(!CLOUD.is_identifier(Mode::Managed, "aws_caller_identity", "account_id"));
    }
}
