//! Which resources of AWS do nothing but protect, detect or record, and what they protect. Types and
//! attributes are those of `fixtures/schemas/aws.txt.gz`.

/// An attribute that names what is protected, and the types that may have.
pub type Protected = (&'static str, &'static [&'static str]);

/// A resource that protects another one, or a whole account.
pub struct Protection {
    /// Its type.
    pub kind: &'static str,
    /// The attributes that name what it protects, and the types which that may have; the first that is
    /// set counts. None if it protects the whole account.
    pub of: &'static [Protected],
    /// The attributes that tell it from others of its type that protect the same.
    pub by: &'static [&'static str],
    /// The resources that put it in place, and their attribute that names it: it protects what they
    /// protect, or them.
    pub through: &'static [(&'static str, &'static str)],
}

/// What protects, detects or records, sorted by type.
pub static PROTECTIONS: &[Protection] = &[
    named("aws_accessanalyzer_analyzer", &["type"]),
    setting("aws_auditmanager_account_registration"),
    named("aws_backup_framework", &["name"]),
    named("aws_backup_plan", &["name"]),
    Protection {
        kind: "aws_backup_selection",
        of: &[("plan_id", &["aws_backup_plan"])],
        by: &["name"],
        through: &[],
    },
    over(
        "aws_backup_vault_lock_configuration",
        &[("backup_vault_name", &["aws_backup_vault", "aws_backup_logically_air_gapped_vault"])],
    ),
    over(
        "aws_backup_vault_policy",
        &[("backup_vault_name", &["aws_backup_vault", "aws_backup_logically_air_gapped_vault"])],
    ),
    named("aws_bedrock_guardrail", &["name"]),
    setting("aws_bedrock_model_invocation_logging_configuration"),
    setting("aws_cloudtrail"),
    over(
        "aws_cloudwatch_log_data_protection_policy",
        &[("log_group_name", &["aws_cloudwatch_log_group"])],
    ),
    over("aws_cognito_risk_configuration", &[("user_pool_id", &["aws_cognito_user_pool"])]),
    named("aws_config_config_rule", &["name"]),
    named("aws_config_configuration_aggregator", &["name"]),
    setting("aws_config_configuration_recorder"),
    over(
        "aws_config_configuration_recorder_status",
        &[("name", &["aws_config_configuration_recorder"])],
    ),
    named("aws_config_conformance_pack", &["name"]),
    setting("aws_config_delivery_channel"),
    named("aws_config_organization_conformance_pack", &["name"]),
    named("aws_config_organization_custom_policy_rule", &["name"]),
    named("aws_config_organization_custom_rule", &["name"]),
    named("aws_config_organization_managed_rule", &["name"]),
    over(
        "aws_config_remediation_configuration",
        &[("config_rule_name", &["aws_config_config_rule"])],
    ),
    setting("aws_config_retention_configuration"),
    named("aws_controltower_control", &["control_identifier", "target_identifier"]),
    over(
        "aws_db_instance_automated_backups_replication",
        &[("source_db_instance_arn", &["aws_db_instance"])],
    ),
    setting("aws_detective_graph"),
    named("aws_detective_member", &["account_id"]),
    setting("aws_detective_organization_configuration"),
    named("aws_dlm_lifecycle_policy", &["description"]),
    setting("aws_ebs_default_kms_key"),
    setting("aws_ebs_encryption_by_default"),
    setting("aws_ebs_snapshot_block_public_access"),
    setting("aws_ec2_allowed_images_settings"),
    setting("aws_ec2_image_block_public_access"),
    setting("aws_ec2_instance_metadata_defaults"),
    setting("aws_ecr_registry_scanning_configuration"),
    setting("aws_ecr_replication_configuration"),
    over("aws_efs_backup_policy", &[("file_system_id", &["aws_efs_file_system"])]),
    over(
        "aws_efs_replication_configuration",
        &[("source_file_system_id", &["aws_efs_file_system"])],
    ),
    setting("aws_emr_block_public_access_configuration"),
    over(
        "aws_flow_log",
        &[
            ("vpc_id", &["aws_vpc", "aws_default_vpc"]),
            ("subnet_id", &["aws_subnet", "aws_default_subnet"]),
            ("eni_id", &["aws_network_interface"]),
            ("transit_gateway_id", &["aws_ec2_transit_gateway"]),
        ],
    ),
    named("aws_fms_policy", &["name"]),
    over("aws_glacier_vault_lock", &[("vault_name", &["aws_glacier_vault"])]),
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
    over(
        "aws_guardduty_organization_configuration",
        &[("detector_id", &["aws_guardduty_detector"])],
    ),
    Protection {
        kind: "aws_guardduty_organization_configuration_feature",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &["name"],
        through: &[],
    },
    over("aws_guardduty_publishing_destination", &[("detector_id", &["aws_guardduty_detector"])]),
    Protection {
        kind: "aws_guardduty_threatintelset",
        of: &[("detector_id", &["aws_guardduty_detector"])],
        by: &["name"],
        through: &[],
    },
    setting("aws_iam_account_password_policy"),
    setting("aws_iam_organizations_features"),
    setting("aws_inspector2_enabler"),
    named("aws_inspector2_member_association", &["account_id"]),
    setting("aws_inspector2_organization_configuration"),
    setting("aws_macie2_account"),
    named("aws_macie2_classification_job", &["name"]),
    named("aws_macie2_member", &["account_id"]),
    setting("aws_macie2_organization_configuration"),
    over("aws_networkfirewall_firewall", &[("vpc_id", &["aws_vpc"])]),
    over(
        "aws_networkfirewall_logging_configuration",
        &[("firewall_arn", &["aws_networkfirewall_firewall"])],
    ),
    named("aws_observabilityadmin_telemetry_rule", &["rule_name"]),
    named("aws_observabilityadmin_telemetry_rule_for_organization", &["rule_name"]),
    Protection {
        kind: "aws_organizations_policy",
        of: &[],
        by: &["name"],
        through: &[("aws_organizations_policy_attachment", "policy_id")],
    },
    over(
        "aws_organizations_policy_attachment",
        &[("target_id", &["aws_organizations_account", "aws_organizations_organizational_unit"])],
    ),
    named("aws_rbin_rule", &["description"]),
    over("aws_rds_cluster_activity_stream", &[("resource_arn", &["aws_rds_cluster"])]),
    over("aws_redshift_logging", &[("cluster_identifier", &["aws_redshift_cluster"])]),
    over("aws_redshift_snapshot_copy", &[("cluster_identifier", &["aws_redshift_cluster"])]),
    over(
        "aws_redshift_snapshot_schedule_association",
        &[("cluster_identifier", &["aws_redshift_cluster"])],
    ),
    over("aws_route53_hosted_zone_dnssec", &[("hosted_zone_id", &["aws_route53_zone"])]),
    over("aws_route53_query_log", &[("zone_id", &["aws_route53_zone"])]),
    over("aws_route53_resolver_dnssec_config", &[("resource_id", &["aws_vpc"])]),
    over("aws_route53_resolver_firewall_config", &[("resource_id", &["aws_vpc"])]),
    Protection {
        kind: "aws_route53_resolver_firewall_rule",
        of: &[("firewall_rule_group_id", &["aws_route53_resolver_firewall_rule_group"])],
        by: &["name"],
        through: &[],
    },
    over("aws_route53_resolver_firewall_rule_group_association", &[("vpc_id", &["aws_vpc"])]),
    over("aws_route53_resolver_query_log_config_association", &[("resource_id", &["aws_vpc"])]),
    setting("aws_s3_account_public_access_block"),
    over("aws_s3_bucket_logging", &[("bucket", &["aws_s3_bucket"])]),
    over("aws_s3_bucket_object_lock_configuration", &[("bucket", &["aws_s3_bucket"])]),
    over("aws_s3_bucket_ownership_controls", &[("bucket", &["aws_s3_bucket"])]),
    over("aws_s3_bucket_public_access_block", &[("bucket", &["aws_s3_bucket"])]),
    over("aws_s3_bucket_replication_configuration", &[("bucket", &["aws_s3_bucket"])]),
    over("aws_s3_bucket_server_side_encryption_configuration", &[("bucket", &["aws_s3_bucket"])]),
    over("aws_s3_bucket_versioning", &[("bucket", &["aws_s3_bucket"])]),
    over(
        "aws_s3tables_table_bucket_replication",
        &[("table_bucket_arn", &["aws_s3tables_table_bucket"])],
    ),
    over("aws_secretsmanager_secret_rotation", &[("secret_id", &["aws_secretsmanager_secret"])]),
    setting("aws_securityhub_account"),
    setting("aws_securityhub_account_v2"),
    setting("aws_securityhub_aggregator_v2"),
    named("aws_securityhub_configuration_policy", &["name"]),
    named("aws_securityhub_configuration_policy_association", &["target_id"]),
    setting("aws_securityhub_finding_aggregator"),
    named("aws_securityhub_member", &["account_id"]),
    setting("aws_securityhub_organization_configuration"),
    named("aws_securityhub_product_subscription", &["product_arn"]),
    named("aws_securityhub_standards_subscription", &["standards_arn"]),
    setting("aws_securitylake_aws_log_source"),
    over(
        "aws_shield_application_layer_automatic_response",
        &[("resource_arn", &["aws_cloudfront_distribution", "aws_alb", "aws_lb"])],
    ),
    setting("aws_shield_proactive_engagement"),
    over(
        "aws_shield_protection",
        &[(
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
    ),
    over("aws_sns_topic_data_protection_policy", &[("arn", &["aws_sns_topic"])]),
    setting("aws_vpc_block_public_access_options"),
    over("aws_vpc_encryption_control", &[("vpc_id", &["aws_vpc"])]),
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
    over(
        "aws_wafregional_web_acl_association",
        &[("resource_arn", &["aws_alb", "aws_lb", "aws_api_gateway_stage"])],
    ),
    Protection {
        kind: "aws_wafv2_web_acl",
        of: &[],
        by: &["name"],
        through: &[
            ("aws_wafv2_web_acl_association", "web_acl_arn"),
            ("aws_cloudfront_distribution", "web_acl_id"),
        ],
    },
    over(
        "aws_wafv2_web_acl_association",
        &[(
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
    ),
    over("aws_wafv2_web_acl_logging_configuration", &[("resource_arn", &["aws_wafv2_web_acl"])]),
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

/// One of several of its type, which these attributes tell apart.
const fn named(kind: &'static str, by: &'static [&'static str]) -> Protection {
    Protection { kind, of: &[], by, through: &[] }
}

/// What protects the resources that these attributes name.
const fn over(kind: &'static str, of: &'static [Protected]) -> Protection {
    Protection { kind, of, by: &[], through: &[] }
}

/// What a type protects, if it does.
#[must_use]
pub fn of(kind: &str) -> Option<&'static Protection> {
    let found = PROTECTIONS.binary_search_by(|own| own.kind.cmp(kind)).ok()?;
    PROTECTIONS.get(found)
}
