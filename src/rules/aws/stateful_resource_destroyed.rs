//! Rule `stateful-resource-destroyed`: in Rust because it judges the change, not a state.

use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// The change destroys a resource that holds data
    ///
    /// # What it checks
    /// Deletion or replacement of a resource of a type that holds data or the key to it: buckets,
    /// databases, tables, volumes, file systems, queues, streams, caches, indexes, registries,
    /// backups, secrets, keys, user pools, logs. A deposed object, left over from an interrupted
    /// replacement, counts as well. A read replica does not: its data is elsewhere. Leaving
    /// Terraform's state without being destroyed (`removed` with `destroy = false`) is not
    /// destruction. Instances are not in the list: their disks are.
    ///
    /// It also reports a change that switches off the protection of a resource that stays:
    /// `force_destroy`, `force_delete` or `skip_final_snapshot` switched on, `deletion_protection`
    /// switched off, a secret's recovery window set to 0. Usually that is the step before the
    /// destruction. A new resource may be created that way: there is nothing in it yet, and its
    /// destruction will be reported when it comes.
    ///
    /// # Why
    /// What is destroyed here does not come back with the next apply. A renamed resource or a
    /// changed argument that forces replacement looks harmless in a diff. Severity is high because
    /// it is irreversible but often intended, so a person must confirm it.
    ///
    /// # How to fix
    /// Keep the resource: move it with `moved`, release it with `removed`, or undo what forces its
    /// replacement. If it is intentional, waive this address.
    ///
    /// - Renamed or moved in the code: add a `moved` block.
    /// - No longer managed here: add a `removed` block with `destroy = false`.
    /// - Replaced because of an argument: keep the old value, or migrate the data first.
    /// - Intentional: waive this address, with a reason and a date. Set `prevent_destroy` on what
    ///   must stay.
    ///
    /// # References
    /// - <https://developer.hashicorp.com/terraform/language/meta-arguments#lifecycle>
    /// - <https://developer.hashicorp.com/terraform/language/block/removed>
    id: "stateful-resource-destroyed",
    severity: High,
    service: "Change",
    types: [
        "aws_backup_vault",
        "aws_cloudtrail_event_data_store",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_log_stream",
        "aws_codeartifact_domain",
        "aws_codeartifact_repository",
        "aws_codecommit_repository",
        "aws_cognito_identity_pool",
        "aws_cognito_user_pool",
        "aws_connect_instance",
        "aws_customerprofiles_domain",
        "aws_dax_cluster",
        "aws_db_cluster_snapshot",
        "aws_db_instance",
        "aws_db_snapshot",
        "aws_db_snapshot_copy",
        "aws_directory_service_directory",
        "aws_docdb_cluster",
        "aws_docdb_cluster_snapshot",
        "aws_docdb_global_cluster",
        "aws_docdbelastic_cluster",
        "aws_dsql_cluster",
        "aws_dynamodb_global_table",
        "aws_dynamodb_table",
        "aws_ebs_snapshot",
        "aws_ebs_snapshot_copy",
        "aws_ebs_volume",
        "aws_ecr_repository",
        "aws_ecrpublic_repository",
        "aws_efs_file_system",
        "aws_elasticache_cluster",
        "aws_elasticache_global_replication_group",
        "aws_elasticache_replication_group",
        "aws_elasticache_serverless_cache",
        "aws_elasticsearch_domain",
        "aws_finspace_kx_database",
        "aws_fsx_backup",
        "aws_fsx_file_cache",
        "aws_fsx_lustre_file_system",
        "aws_fsx_ontap_file_system",
        "aws_fsx_ontap_volume",
        "aws_fsx_openzfs_file_system",
        "aws_fsx_openzfs_snapshot",
        "aws_fsx_openzfs_volume",
        "aws_fsx_windows_file_system",
        "aws_glacier_vault",
        "aws_glue_catalog_database",
        "aws_glue_catalog_table",
        "aws_glue_registry",
        "aws_glue_schema",
        "aws_grafana_workspace",
        "aws_keyspaces_keyspace",
        "aws_keyspaces_table",
        "aws_kinesis_stream",
        "aws_kinesis_video_stream",
        "aws_kms_external_key",
        "aws_kms_key",
        "aws_kms_replica_key",
        "aws_lightsail_bucket",
        "aws_lightsail_database",
        "aws_lightsail_disk",
        "aws_location_tracker",
        "aws_media_store_container",
        "aws_memorydb_cluster",
        "aws_memorydb_snapshot",
        "aws_mq_broker",
        "aws_msk_cluster",
        "aws_msk_serverless_cluster",
        "aws_neptune_cluster",
        "aws_neptune_cluster_snapshot",
        "aws_neptune_global_cluster",
        "aws_neptunegraph_graph",
        "aws_opensearch_domain",
        "aws_opensearchserverless_collection",
        "aws_prometheus_workspace",
        "aws_qldb_ledger",
        "aws_rds_cluster",
        "aws_rds_global_cluster",
        "aws_redshift_cluster",
        "aws_redshift_cluster_snapshot",
        "aws_redshiftserverless_namespace",
        "aws_route53_zone",
        "aws_s3_bucket",
        "aws_s3_directory_bucket",
        "aws_s3control_bucket",
        "aws_s3tables_namespace",
        "aws_s3tables_table",
        "aws_s3tables_table_bucket",
        "aws_s3vectors_vector_bucket",
        "aws_sagemaker_domain",
        "aws_sagemaker_feature_group",
        "aws_sagemaker_notebook_instance",
        "aws_secretsmanager_secret",
        "aws_simpledb_domain",
        "aws_sqs_queue",
        "aws_storagegateway_cached_iscsi_volume",
        "aws_storagegateway_stored_iscsi_volume",
        "aws_timestreaminfluxdb_db_instance",
        "aws_timestreamwrite_database",
        "aws_timestreamwrite_table",
        "aws_workspaces_workspace",
    ],
    frameworks: [("NIST 800-53", ["CP-9", "CM-3"])],
    params: [],
    check: Change(check),
}

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let Some(before) = &change.before else { return };
    let subject = before.subject;
    if subject.actions().destroys() {
        destroyed(before, answers);
        return;
    }
    let Some(after) = &change.after else { return };
    if subject.actions().is_no_op() {
        return;
    }
    for catch in CATCHES {
        let off = catch.off(after).and(catch.off(before).not());
        answers.judge(&off, catch.attribute, catch.message);
    }
}

fn destroyed(before: &View<'_>, answers: &mut Answers) {
    let subject = before.subject;
    let source = before.attribute("replicate_source_db");
    if source.as_str().is_some_and(|source| !source.is_empty()) {
        return;
    }
    let message = if subject.is_deposed() {
        "an object that holds data, left over from a replacement, is destroyed"
    } else if subject.actions().is_replace() {
        "a resource that holds data is destroyed and recreated empty"
    } else {
        "a resource that holds data is destroyed"
    };
    let forced = subject
        .plan()
        .and_then(|plan| plan.replace_paths.first())
        .map(|path| format!("forced by {path}"));
    let answer = answers.violated("", message);
    if let Some(forced) = forced {
        answer.with_detail(forced);
    }
}

/// An attribute that protects data from being destroyed at once.
struct Catch {
    attribute: &'static str,
    /// The value with which the data is not safe.
    unsafe_when: Unsafe,
    message: &'static str,
}

/// When a catch is off.
enum Unsafe {
    /// When the attribute is true; *not set* is safe.
    True,
    /// When the attribute is false, `INACTIVE` or not set.
    Off,
    /// When the attribute is zero; *not set* is safe.
    Zero,
}

const FORCED: &str = "from now on its contents can be destroyed with it";
const UNPROTECTED: &str = "its deletion protection is switched off";

static CATCHES: &[Catch] = &[
    Catch { attribute: "force_destroy", unsafe_when: Unsafe::True, message: FORCED },
    Catch { attribute: "force_delete", unsafe_when: Unsafe::True, message: FORCED },
    Catch {
        attribute: "skip_final_snapshot",
        unsafe_when: Unsafe::True,
        message: "no final snapshot will be taken when it is destroyed",
    },
    Catch { attribute: "deletion_protection", unsafe_when: Unsafe::Off, message: UNPROTECTED },
    Catch {
        attribute: "deletion_protection_enabled",
        unsafe_when: Unsafe::Off,
        message: UNPROTECTED,
    },
    Catch {
        attribute: "recovery_window_in_days",
        unsafe_when: Unsafe::Zero,
        message: "it will be destroyed at once, with no recovery window",
    },
];

impl Catch {
    fn off(&self, view: &View<'_>) -> Truth {
        let value = view.attribute(self.attribute);
        match (&self.unsafe_when, value.as_ref()) {
            (_, Value::Unknown(why)) => Truth::Unknown(why.clone()),
            (Unsafe::True, value) => value.is_true(),
            (Unsafe::Off, value) => value.is_true().or(value.equals("ACTIVE")).not(),
            (Unsafe::Zero, value) => Truth::from(value.as_i64() == Some(0)),
        }
    }
}
