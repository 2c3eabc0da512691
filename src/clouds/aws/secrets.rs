//! Where secrets end up in AWS, by resource type.

use crate::clouds::secrets::{Encrypted, Place, Secrets};

/// What is known of secrets in AWS.
pub(super) const SECRETS: Secrets = Secrets {
    places: PLACES,
    environments: &[
        "container_definitions",
        "container_properties",
        "environment",
        "environment_variables",
        "source_configuration",
        "user_data",
        "user_data_base64",
    ],
    holders: &["environment_variable", "runtime_environment_variables", "setting", "user_data"],
    leads: &["arn:", "ssm:", "secretsmanager:", "s3://", "kms:", "AQICA"],
    about: &["arn", "arns", "ssm"],
    is_credential: Some(is_credential),
};

const fn place(
    kinds: &'static [&'static str],
    carriers: &'static [&'static str],
    secrets: &'static [&'static str],
) -> Place {
    Place { kinds, carriers, secrets, encrypted: None }
}

/// All places. A type stands once.
const PLACES: &[Place] = &[
    place(
        &["aws_instance", "aws_spot_instance_request", "aws_launch_configuration"],
        &["user_data", "user_data_base64", "provisioner"],
        &[],
    ),
    place(&["aws_launch_template"], &["user_data"], &[]),
    place(&["aws_spot_fleet_request"], &["launch_specification"], &[]),
    place(&["aws_lightsail_instance"], &["user_data", "provisioner"], &[]),
    place(&["aws_lambda_function"], &["environment"], &[]),
    place(&["aws_ecs_task_definition"], &["container_definitions"], &[]),
    place(&["aws_batch_job_definition"], &["container_properties", "ecs_properties"], &[]),
    place(&["aws_codebuild_project"], &["environment", "source"], &[]),
    place(&["aws_apprunner_service"], &["source_configuration"], &[]),
    place(
        &["aws_amplify_app"],
        &["environment_variables", "build_spec"],
        &["access_token", "oauth_token", "basic_auth_credentials"],
    ),
    place(&["aws_amplify_branch"], &["environment_variables"], &["basic_auth_credentials"]),
    place(
        &["aws_elastic_beanstalk_environment", "aws_elastic_beanstalk_configuration_template"],
        &["setting"],
        &[],
    ),
    place(&["aws_glue_job"], &["default_arguments", "non_overridable_arguments"], &[]),
    place(&["aws_glue_connection"], &[], &["connection_properties.PASSWORD"]),
    place(&["aws_sagemaker_model"], &["primary_container", "container"], &[]),
    place(
        &["aws_sagemaker_notebook_instance_lifecycle_configuration"],
        &["on_create", "on_start"],
        &[],
    ),
    place(&["aws_api_gateway_stage"], &["variables"], &[]),
    place(&["aws_apigatewayv2_stage"], &["stage_variables"], &[]),
    place(
        &["aws_cloudformation_stack", "aws_cloudformation_stack_set"],
        &["parameters", "template_body"],
        &[],
    ),
    place(&["aws_ssm_document"], &["content"], &[]),
    Place {
        encrypted: Some(Encrypted { attribute: "type", value: "SecureString", name: "name" }),
        ..place(&["aws_ssm_parameter"], &["value"], &["value"])
    },
    place(&["aws_sfn_state_machine"], &["definition"], &[]),
    place(&["aws_mwaa_environment"], &["airflow_configuration_options"], &[]),
    place(&["aws_emr_cluster"], &["bootstrap_action", "step", "configurations_json"], &[]),
    place(&["aws_s3_object", "aws_s3_bucket_object"], &["content", "metadata"], &[]),
    place(&["aws_appconfig_hosted_configuration_version"], &["content"], &[]),
    place(&["aws_cloudfront_function"], &["code"], &[]),
    place(&["aws_imagebuilder_component"], &["data"], &[]),
    place(
        &["aws_opsworks_application"],
        &["environment"],
        &["app_source.password", "app_source.ssh_key", "ssl_configuration.private_key"],
    ),
    place(&["aws_db_instance"], &[], &["password"]),
    place(
        &["aws_rds_cluster", "aws_docdb_cluster", "aws_redshift_cluster", "aws_lightsail_database"],
        &[],
        &["master_password"],
    ),
    place(&["aws_redshiftserverless_namespace"], &[], &["admin_user_password"]),
    place(&["aws_elasticache_replication_group"], &[], &["auth_token"]),
    place(&["aws_elasticache_user"], &[], &["passwords", "authentication_mode.passwords"]),
    place(&["aws_memorydb_user"], &[], &["authentication_mode.passwords"]),
    place(
        &["aws_mq_broker"],
        &[],
        &["user.password", "ldap_server_metadata.service_account_password"],
    ),
    place(
        &["aws_elasticsearch_domain", "aws_opensearch_domain"],
        &[],
        &["advanced_security_options.master_user_options.master_user_password"],
    ),
    place(&["aws_directory_service_directory"], &[], &["password"]),
    place(&["aws_dms_endpoint"], &["extra_connection_attributes"], &["password"]),
    place(&["aws_secretsmanager_secret_version"], &[], &["secret_string", "secret_binary"]),
    place(&["aws_iam_server_certificate", "aws_acm_certificate"], &[], &["private_key"]),
    place(&["aws_codebuild_source_credential"], &[], &["token"]),
    place(&["aws_codepipeline"], &[], &["stage.action.configuration.OAuthToken"]),
    place(&["aws_codepipeline_webhook"], &[], &["authentication_configuration.secret_token"]),
    place(&["aws_cognito_identity_provider"], &[], &["provider_details.client_secret"]),
    place(
        &["aws_lb_listener", "aws_alb_listener"],
        &[],
        &["default_action.authenticate_oidc.client_secret"],
    ),
    place(
        &["aws_lb_listener_rule", "aws_alb_listener_rule"],
        &[],
        &["action.authenticate_oidc.client_secret"],
    ),
    place(
        &["aws_fsx_windows_file_system", "aws_fsx_ontap_storage_virtual_machine"],
        &[],
        &[
            "self_managed_active_directory.password",
            "svm_admin_password",
            "active_directory_configuration.self_managed_active_directory_configuration.password",
        ],
    ),
    place(
        &["aws_storagegateway_gateway"],
        &[],
        &["smb_guest_password", "smb_active_directory_settings.password"],
    ),
    place(&["aws_vpn_connection"], &[], &["tunnel1_preshared_key", "tunnel2_preshared_key"]),
    place(
        &["aws_cloudwatch_event_connection"],
        &[],
        &[
            "auth_parameters.basic.password",
            "auth_parameters.api_key.value",
            "auth_parameters.oauth.client_parameters.client_secret",
        ],
    ),
    place(&["aws_sns_platform_application"], &[], &["platform_credential"]),
    place(
        &["aws_kinesis_firehose_delivery_stream"],
        &[],
        &[
            "redshift_configuration.password",
            "splunk_configuration.hec_token",
            "http_endpoint_configuration.access_key",
        ],
    ),
    place(&["aws_opsworks_stack"], &["custom_json"], &["custom_cookbooks_source.password"]),
    place(&["aws_quicksight_data_source"], &[], &["credentials.credential_pair.password"]),
];

/// An access key id, or something as long as a secret key or a session token.
fn is_credential(text: &str) -> bool {
    let id = text.len() == 20 && ["AKIA", "ASIA"].iter().any(|start| text.starts_with(start));
    let of_key = |c: char| c.is_ascii_alphanumeric() || "/+=".contains(c);
    id || (text.len() >= 40 && text.chars().all(of_key))
}
