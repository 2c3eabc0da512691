//! `secret-in-plain-text`: in Rust because it reads scripts, documents and the forms of keys.

use crate::clouds::aws::secrets as places;
use crate::model::subject::Side;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::answers::stem;
use crate::rules::secrets::names;
use crate::rules::secrets::walk::{self, Hit};

declare_rule! {
    /// A secret stands in plain text
    ///
    /// # What it checks
    /// What anybody reads who may look at a resource: user data (also behind base64), environments of
    /// functions, containers, builds and jobs, scripts, documents, stage variables, stack parameters,
    /// parameters of Systems Manager that are no `SecureString`, provisioners. It looks for
    ///
    /// - the forms that keys have: access keys of AWS, private keys, tokens of GitHub, GitLab, Slack,
    ///   Google, Stripe and others, addresses with a password, forty disordered characters as AWS makes
    ///   its secret keys;
    /// - values under the name of a secret (`DB_PASSWORD`, `apiKey`), in an environment or set in a
    ///   script. A reference to the secret (an ARN, a path, `$NAME`, `{{resolve:...}}`) is none. A value
    ///   that is not known yet and is no identifier is *undetermined*;
    /// - a file `.aws/credentials` that a script or provisioner puts on a machine.
    ///
    /// And attributes that are meant for a secret, such as `password`: there, a value from a variable
    /// or a generator is fine, and a constant in the configuration is not, also one that comes as an
    /// argument of a module or the default of a variable.
    ///
    /// Before version 6 the provider shows the user data of instances as a hash. The text behind it is
    /// judged where the configuration or the source (`--source`) holds it, and is *undetermined* where
    /// nothing does. So are user data, environments and container definitions that are not known as a
    /// whole; the source mostly tells what is in them. Other documents that are not known are not
    /// judged. Sensitive marks do not matter: they hide a value from the terminal and from nobody else.
    /// No report shows the value or quotes its line.
    /// # Why
    /// User data and environments are read with the weakest permissions there are, stay in every
    /// version, and end up in states, logs and crash reports; what stands in a repository is read by
    /// everybody who ever clones it. High, because what it opens depends on the secret.
    /// # How to fix
    /// Let the program fetch the secret with its role, and take the old one out of use: it has been read.
    ///
    /// ```hcl
    /// secrets = [{
    ///   name      = "DB_PASSWORD"
    ///   valueFrom = aws_secretsmanager_secret.db.arn
    /// }]
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
    /// - <https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>
    id: "secret-in-plain-text",
    severity: High,
    service: "Secrets",
    types: [
        "aws_acm_certificate",
        "aws_alb_listener",
        "aws_alb_listener_rule",
        "aws_amplify_app",
        "aws_amplify_branch",
        "aws_api_gateway_stage",
        "aws_apigatewayv2_stage",
        "aws_appconfig_hosted_configuration_version",
        "aws_apprunner_service",
        "aws_batch_job_definition",
        "aws_cloudformation_stack",
        "aws_cloudformation_stack_set",
        "aws_cloudfront_function",
        "aws_cloudwatch_event_connection",
        "aws_codebuild_project",
        "aws_codebuild_source_credential",
        "aws_codepipeline",
        "aws_codepipeline_webhook",
        "aws_cognito_identity_provider",
        "aws_db_instance",
        "aws_directory_service_directory",
        "aws_dms_endpoint",
        "aws_docdb_cluster",
        "aws_ecs_task_definition",
        "aws_elastic_beanstalk_configuration_template",
        "aws_elastic_beanstalk_environment",
        "aws_elasticache_replication_group",
        "aws_elasticache_user",
        "aws_elasticsearch_domain",
        "aws_emr_cluster",
        "aws_fsx_ontap_storage_virtual_machine",
        "aws_fsx_windows_file_system",
        "aws_glue_connection",
        "aws_glue_job",
        "aws_iam_server_certificate",
        "aws_imagebuilder_component",
        "aws_instance",
        "aws_kinesis_firehose_delivery_stream",
        "aws_lambda_function",
        "aws_launch_configuration",
        "aws_launch_template",
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_lightsail_database",
        "aws_lightsail_instance",
        "aws_memorydb_user",
        "aws_mq_broker",
        "aws_mwaa_environment",
        "aws_opensearch_domain",
        "aws_opsworks_application",
        "aws_opsworks_stack",
        "aws_quicksight_data_source",
        "aws_rds_cluster",
        "aws_redshift_cluster",
        "aws_redshiftserverless_namespace",
        "aws_s3_bucket_object",
        "aws_s3_object",
        "aws_sagemaker_model",
        "aws_sagemaker_notebook_instance_lifecycle_configuration",
        "aws_secretsmanager_secret_version",
        "aws_sfn_state_machine",
        "aws_sns_platform_application",
        "aws_spot_fleet_request",
        "aws_spot_instance_request",
        "aws_ssm_document",
        "aws_ssm_parameter",
        "aws_storagegateway_gateway",
        "aws_vpn_connection",
        "null_resource",
        "terraform_data",
    ],
    frameworks: [
        ("AWS FSBP", ["CodeBuild.2", "ECS.8"]),
        ("NIST 800-53", ["IA-5", "SC-28"]),
    ],
    params: [],
    blames: secrets,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let Some(place) = places::of(&view.subject.kind) else { return };
    for name in place.carriers {
        for hit in carried(view, name) {
            // What is not known may hold anything; only here it mostly holds settings.
            if hit.what.is_some() || ENVIRONMENTS.contains(name) {
                answer(answers, hit);
            }
        }
    }
    // A parameter is a place for secrets only when it is encrypted.
    if view.subject.kind == "aws_ssm_parameter"
        && !view.attribute("type").equals("SecureString").is_true()
    {
        return;
    }
    for path in place.secrets {
        let (name, tail) = path.split_once('.').unwrap_or((path, ""));
        let written = written(view, name);
        if written.is_null() {
            continue;
        }
        let planned = view.attribute(name);
        let mut found = Vec::new();
        constants(name.to_owned(), &written, &planned, tail, &mut found);
        for path in found {
            let message = "the configuration holds the secret itself";
            answers.violated(path, message);
        }
    }
}

/// Carriers that are judged although they are not known as a whole.
const ENVIRONMENTS: [&str; 7] = [
    "user_data",
    "user_data_base64",
    "environment",
    "environment_variables",
    "container_definitions",
    "container_properties",
    "source_configuration",
];

fn answer(answers: &mut Answers, hit: Hit) {
    let Hit { path, name, what, doubt } = hit;
    let message = match what {
        Some(what) => format!("{what} stands in plain text"),
        None => "a secret may stand in plain text".to_owned(),
    };
    let name = name.filter(|_| what.is_some());
    let key = format!("{} {message} {}", stem(&path), name.as_deref().unwrap_or_default());
    let broken = doubt.map_or(Truth::True, Truth::Unknown);
    if let Some(answer) = answers.judge(&broken, path, message) {
        answer.with_key(key);
        if let Some(name) = name {
            answer.with_detail(name);
        }
    }
}

/// What an attribute carries. A hash that nobody knows the text of may stand for anything.
fn carried(view: &View<'_>, name: &str) -> Vec<Hit> {
    if name == "provisioner" {
        return walk::find(name, &written(view, name));
    }
    let value = view.attribute(name);
    if view.subject.kind == "aws_ssm_parameter" {
        return parameter(view, &value);
    }
    let hashed = value.as_str().is_some_and(|text| {
        text.len() == 40 && text.bytes().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
    });
    if hashed && name == "user_data" {
        return walk::find(name, &Value::Unknown(Unknown::because("the plan shows only a hash")));
    }
    walk::find(name, &value)
}

/// A parameter is read under its own name, and holds a secret lawfully when it is encrypted.
fn parameter(view: &View<'_>, value: &Value) -> Vec<Hit> {
    let encrypted = view.attribute("type").equals("SecureString");
    if encrypted.is_true() {
        return Vec::new();
    }
    let own = view.attribute("name");
    let name = own.as_str().and_then(|name| name.rsplit('/').next()).unwrap_or("password");
    let mut hits = walk::find("value", &Value::object([(name.to_owned(), value.clone())]));
    for hit in &mut hits {
        "value".clone_into(&mut hit.path);
        hit.doubt = hit.doubt.take().or_else(|| encrypted.unknown().cloned());
        hit.doubt = hit.doubt.take().or_else(|| own.doubt().cloned());
    }
    hits
}

/// What the configuration writes, as far as it tells something about this side: nothing of an
/// attribute that had another value before the change.
fn written(view: &View<'_>, name: &str) -> Value {
    let same = view.side == Side::After
        || if name == "provisioner" {
            !view.subject.actions.is_replace()
        } else {
            view.on(Side::After).attribute(name) == view.attribute(name)
        };
    if same { view.written(name) } else { Value::Null }
}

/// The paths of constants that are set for good: what stands in the plan must be the constant, else
/// it was made from it.
fn constants(path: String, written: &Value, planned: &Value, tail: &str, found: &mut Vec<String>) {
    match written {
        Value::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                let planned = match planned {
                    Value::List(_) => planned.index(i).into_owned(),
                    single => single.clone(),
                };
                constants(format!("{path}[{i}]"), item, &planned, tail, found);
            }
        }
        Value::Object(_) if !tail.is_empty() => {
            let (name, tail) = tail.split_once('.').unwrap_or((tail, ""));
            let below = format!("{path}.{name}");
            constants(below, &written.get(name), &planned.get(name), tail, found);
        }
        Value::String(text) if tail.is_empty() => {
            let stands = planned.as_str().is_none_or(|own| own == text);
            if stands && names::is_literal(text) {
                found.push(path);
            }
        }
        _ => {}
    }
}
