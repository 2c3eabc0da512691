//! Which resources of AWS do nothing but protect, detect or record, and what they protect. Types and
//! attributes are those of `fixtures/schemas/aws.txt.gz`.

/// A resource that protects another one, or a whole account.
pub struct Protection {
    /// Its type.
    pub kind: &'static str,
    /// The attributes that name what it protects, and the types which that may have; the first that is
    /// set counts. None if it protects the whole account.
    pub of: &'static [(&'static str, &'static [&'static str])],
    /// The attributes that tell it from others of its type that protect the same.
    pub by: &'static [&'static str],
    /// The resources that put it in place, and their attribute that names it: it protects what they
    /// protect, or them.
    pub through: &'static [(&'static str, &'static str)],
}

/// What protects, detects or records, sorted by type.
pub static PROTECTIONS: &[Protection] = &[
    Protection { kind: "aws_accessanalyzer_analyzer", of: &[], by: &["type"], through: &[] },
    setting("aws_auditmanager_account_registration"),
    Protection { kind: "aws_backup_framework", of: &[], by: &["name"], through: &[] },
    Protection { kind: "aws_backup_plan", of: &[], by: &["name"], through: &[] },
    Protection {
        kind: "aws_backup_selection",
        of: &[("plan_id", &["aws_backup_plan"])],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_backup_vault_lock_configuration",
        of: &[(
            "backup_vault_name",
            &["aws_backup_vault", "aws_backup_logically_air_gapped_vault"],
        )],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_backup_vault_policy",
        of: &[(
            "backup_vault_name",
            &["aws_backup_vault", "aws_backup_logically_air_gapped_vault"],
        )],
        by: &[],
        through: &[],
    },
    Protection { kind: "aws_bedrock_guardrail", of: &[], by: &["name"], through: &[] },
    setting("aws_bedrock_model_invocation_logging_configuration"),
    setting("aws_cloudtrail"),
    Protection {
        kind: "aws_cloudwatch_log_data_protection_policy",
        of: &[("log_group_name", &["aws_cloudwatch_log_group"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_cognito_risk_configuration",
        of: &[("user_pool_id", &["aws_cognito_user_pool"])],
        by: &[],
        through: &[],
    },
    Protection { kind: "aws_config_config_rule", of: &[], by: &["name"], through: &[] },
    Protection {
        kind: "aws_config_configuration_aggregator",
        of: &[],
        by: &["name"],
        through: &[],
    },
    setting("aws_config_configuration_recorder"),
    Protection {
        kind: "aws_config_configuration_recorder_status",
        of: &[("name", &["aws_config_configuration_recorder"])],
        by: &[],
        through: &[],
    },
    Protection { kind: "aws_config_conformance_pack", of: &[], by: &["name"], through: &[] },
    setting("aws_config_delivery_channel"),
    Protection {
        kind: "aws_config_organization_conformance_pack",
        of: &[],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_config_organization_custom_policy_rule",
        of: &[],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_config_organization_custom_rule",
        of: &[],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_config_organization_managed_rule",
        of: &[],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_config_remediation_configuration",
        of: &[("config_rule_name", &["aws_config_config_rule"])],
        by: &[],
        through: &[],
    },
    setting("aws_config_retention_configuration"),
    Protection {
        kind: "aws_controltower_control",
        of: &[],
        by: &["control_identifier", "target_identifier"],
        through: &[],
    },
    Protection {
        kind: "aws_db_instance_automated_backups_replication",
        of: &[("source_db_instance_arn", &["aws_db_instance"])],
        by: &[],
        through: &[],
    },
    setting("aws_detective_graph"),
    Protection { kind: "aws_detective_member", of: &[], by: &["account_id"], through: &[] },
    setting("aws_detective_organization_configuration"),
    Protection { kind: "aws_dlm_lifecycle_policy", of: &[], by: &["description"], through: &[] },
    setting("aws_ebs_default_kms_key"),
    setting("aws_ebs_encryption_by_default"),
    setting("aws_ebs_snapshot_block_public_access"),
    setting("aws_ec2_allowed_images_settings"),
    setting("aws_ec2_image_block_public_access"),
    setting("aws_ec2_instance_metadata_defaults"),
    setting("aws_ecr_registry_scanning_configuration"),
    setting("aws_ecr_replication_configuration"),
    Protection {
        kind: "aws_efs_backup_policy",
        of: &[("file_system_id", &["aws_efs_file_system"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_efs_replication_configuration",
        of: &[("source_file_system_id", &["aws_efs_file_system"])],
        by: &[],
        through: &[],
    },
    setting("aws_emr_block_public_access_configuration"),
    Protection {
        kind: "aws_flow_log",
        of: &[
            ("vpc_id", &["aws_vpc", "aws_default_vpc"]),
            ("subnet_id", &["aws_subnet", "aws_default_subnet"]),
            ("eni_id", &["aws_network_interface"]),
            ("transit_gateway_id", &["aws_ec2_transit_gateway"]),
        ],
        by: &[],
        through: &[],
    },
    Protection { kind: "aws_fms_policy", of: &[], by: &["name"], through: &[] },
    Protection {
        kind: "aws_glacier_vault_lock",
        of: &[("vault_name", &["aws_glacier_vault"])],
        by: &[],
        through: &[],
    },
    setting("aws_glue_data_catalog_encryption_settings"),
    setting("aws_guardduty_detector"),
    Protection {
        kind: "aws_guardduty_detector_feature",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &["name"],
        through: &[],
    },
    setting("aws_guardduty_malware_protection_plan"),
    Protection {
        kind: "aws_guardduty_member",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &["account_id"],
        through: &[],
    },
    Protection {
        kind: "aws_guardduty_member_detector_feature",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &["account_id", "name"],
        through: &[],
    },
    Protection {
        kind: "aws_guardduty_organization_configuration",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_guardduty_organization_configuration_feature",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_guardduty_publishing_destination",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_guardduty_threatintelset",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &["name"],
        through: &[],
    },
    setting("aws_iam_account_password_policy"),
    setting("aws_iam_organizations_features"),
    setting("aws_inspector2_enabler"),
    Protection {
        kind: "aws_inspector2_member_association",
        of: &[],
        by: &["account_id"],
        through: &[],
    },
    setting("aws_inspector2_organization_configuration"),
    setting("aws_macie2_account"),
    Protection { kind: "aws_macie2_classification_job", of: &[], by: &["name"], through: &[] },
    Protection { kind: "aws_macie2_member", of: &[], by: &["account_id"], through: &[] },
    setting("aws_macie2_organization_configuration"),
    Protection {
        kind: "aws_networkfirewall_firewall",
        of: &[("vpc_id", &["aws_vpc"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_networkfirewall_logging_configuration",
        of: &[("firewall_arn", &["aws_networkfirewall_firewall"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_observabilityadmin_telemetry_rule",
        of: &[],
        by: &["rule_name"],
        through: &[],
    },
    Protection {
        kind: "aws_observabilityadmin_telemetry_rule_for_organization",
        of: &[],
        by: &["rule_name"],
        through: &[],
    },
    Protection {
        kind: "aws_organizations_policy",
        of: &[],
        by: &["name"],
        through: &[("aws_organizations_policy_attachment", "policy_id")],
    },
    Protection {
        kind: "aws_organizations_policy_attachment",
        of: &[(
            "target_id",
            &["aws_organizations_account", "aws_organizations_organizational_unit"],
        )],
        by: &[],
        through: &[],
    },
    Protection { kind: "aws_rbin_rule", of: &[], by: &["description"], through: &[] },
    Protection {
        kind: "aws_rds_cluster_activity_stream",
        of: &[("resource_arn", &["aws_rds_cluster"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_redshift_logging",
        of: &[("cluster_identifier", &["aws_redshift_cluster"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_redshift_snapshot_copy",
        of: &[("cluster_identifier", &["aws_redshift_cluster"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_redshift_snapshot_schedule_association",
        of: &[("cluster_identifier", &["aws_redshift_cluster"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_route53_hosted_zone_dnssec",
        of: &[("hosted_zone_id", &["aws_route53_zone"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_route53_query_log",
        of: &[("zone_id", &["aws_route53_zone"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_route53_resolver_dnssec_config",
        of: &[("resource_id", &["aws_vpc"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_route53_resolver_firewall_config",
        of: &[("resource_id", &["aws_vpc"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_route53_resolver_firewall_rule",
        of: &[("firewall_rule_group_id", &["aws_route53_resolver_firewall_rule_group"])],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_route53_resolver_firewall_rule_group_association",
        of: &[("vpc_id", &["aws_vpc"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_route53_resolver_query_log_config_association",
        of: &[("resource_id", &["aws_vpc"])],
        by: &[],
        through: &[],
    },
    setting("aws_s3_account_public_access_block"),
    Protection {
        kind: "aws_s3_bucket_logging",
        of: &[("bucket", &["aws_s3_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_s3_bucket_object_lock_configuration",
        of: &[("bucket", &["aws_s3_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_s3_bucket_ownership_controls",
        of: &[("bucket", &["aws_s3_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_s3_bucket_public_access_block",
        of: &[("bucket", &["aws_s3_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_s3_bucket_replication_configuration",
        of: &[("bucket", &["aws_s3_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_s3_bucket_server_side_encryption_configuration",
        of: &[("bucket", &["aws_s3_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_s3_bucket_versioning",
        of: &[("bucket", &["aws_s3_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_s3tables_table_bucket_replication",
        of: &[("table_bucket_arn", &["aws_s3tables_table_bucket"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_secretsmanager_secret_rotation",
        of: &[("secret_id", &["aws_secretsmanager_secret"])],
        by: &[],
        through: &[],
    },
    setting("aws_securityhub_account"),
    setting("aws_securityhub_account_v2"),
    setting("aws_securityhub_aggregator_v2"),
    Protection {
        kind: "aws_securityhub_configuration_policy",
        of: &[],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_securityhub_configuration_policy_association",
        of: &[],
        by: &["target_id"],
        through: &[],
    },
    setting("aws_securityhub_finding_aggregator"),
    Protection { kind: "aws_securityhub_member", of: &[], by: &["account_id"], through: &[] },
    setting("aws_securityhub_organization_configuration"),
    Protection {
        kind: "aws_securityhub_product_subscription",
        of: &[],
        by: &["product_arn"],
        through: &[],
    },
    Protection {
        kind: "aws_securityhub_standards_subscription",
        of: &[],
        by: &["standards_arn"],
        through: &[],
    },
    setting("aws_securitylake_aws_log_source"),
    Protection {
        kind: "aws_shield_application_layer_automatic_response",
        of: &[("resource_arn", &["aws_cloudfront_distribution", "aws_alb", "aws_lb"])],
        by: &[],
        through: &[],
    },
    setting("aws_shield_proactive_engagement"),
    Protection {
        kind: "aws_shield_protection",
        of: &[(
            "resource_arn",
            &[
                "aws_alb",
                "aws_cloudfront_distribution",
                "aws_eip",
                "aws_elb",
                "aws_globalaccelerator_accelerator",
                "aws_lb",
                "aws_route53_zone",
            ],
        )],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_sns_topic_data_protection_policy",
        of: &[("arn", &["aws_sns_topic"])],
        by: &[],
        through: &[],
    },
    setting("aws_vpc_block_public_access_options"),
    Protection {
        kind: "aws_vpc_encryption_control",
        of: &[("vpc_id", &["aws_vpc"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_waf_web_acl",
        of: &[],
        by: &["name"],
        through: &[("aws_cloudfront_distribution", "web_acl_id")],
    },
    Protection {
        kind: "aws_wafregional_web_acl",
        of: &[],
        by: &["name"],
        through: &[("aws_wafregional_web_acl_association", "web_acl_id")],
    },
    Protection {
        kind: "aws_wafregional_web_acl_association",
        of: &[("resource_arn", &["aws_alb", "aws_lb", "aws_api_gateway_stage"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_wafv2_web_acl",
        of: &[],
        by: &["name"],
        through: &[
            ("aws_wafv2_web_acl_association", "web_acl_arn"),
            ("aws_cloudfront_distribution", "web_acl_id"),
        ],
    },
    Protection {
        kind: "aws_wafv2_web_acl_association",
        of: &[(
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
        )],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_wafv2_web_acl_logging_configuration",
        of: &[("resource_arn", &["aws_wafv2_web_acl"])],
        by: &[],
        through: &[],
    },
    Protection {
        kind: "aws_wafv2_web_acl_rule",
        of: &[("web_acl_arn", &["aws_wafv2_web_acl"])],
        by: &["name"],
        through: &[],
    },
    Protection {
        kind: "aws_wafv2_web_acl_rule_group_association",
        of: &[("web_acl_arn", &["aws_wafv2_web_acl"])],
        by: &["rule_name"],
        through: &[],
    },
];

/// A setting of the account or of the organization.
const fn setting(kind: &'static str) -> Protection {
    Protection { kind, of: &[], by: &[], through: &[] }
}

/// What a type protects, if it does.
#[must_use]
pub fn of(kind: &str) -> Option<&'static Protection> {
    let found = PROTECTIONS.binary_search_by(|own| own.kind.cmp(kind)).ok()?;
    PROTECTIONS.get(found)
}
