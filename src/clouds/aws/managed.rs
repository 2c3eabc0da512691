//! The policies that AWS manages, by what they grant: `catalogue/aws-managed-policies.tsv`.
//!
//! Their documents are not in a plan that attaches them. The table says which rules a policy of the
//! same content breaks; `tests/rules/managed.rs` makes it.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

const TABLE: &str = include_str!("../../../catalogue/aws-managed-policies.tsv");

/// A rule that the content of a policy breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// The rule.
    pub rule: &'static str,
    /// What of the content breaks it: escalation paths, services, actions. May be empty.
    pub detail: &'static str,
}

struct Table {
    date: &'static str,
    policies: FxHashMap<&'static str, Vec<Class>>,
}

/// Read once it is asked for: most plans attach few managed policies.
fn table() -> &'static Table {
    static READ: OnceLock<Table> = OnceLock::new();
    READ.get_or_init(|| {
        let mut table = Table { date: "", policies: FxHashMap::default() };
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let name = fields.next().unwrap_or_default();
            match (name, fields.next(), fields.next()) {
                ("date", Some(date), _) => table.date = date,
                (_, Some(rule), detail) => {
                    let class = Class { rule, detail: detail.unwrap_or_default() };
                    table.policies.entry(name).or_default().push(class);
                }
                (_, None, _) => {
                    table.policies.entry(name).or_default();
                }
            }
        }
        table
    })
}

/// What the policy of this name grants, without its path; `None` if the table does not have it.
/// Names are unique among AWS's policies, and the same in all partitions.
#[must_use]
pub fn classes(name: &str) -> Option<&'static [Class]> {
    table().policies.get(name).map(Vec::as_slice)
}

/// The names of all policies that break a rule.
pub fn breaking() -> impl Iterator<Item = (&'static str, &'static [Class])> {
    let all = table().policies.iter();
    all.filter(|(_, classes)| !classes.is_empty()).map(|(name, all)| (*name, all.as_slice()))
}

/// The date of the documents that the table is made of.
#[must_use]
pub fn date() -> &'static str {
    table().date
}

/// Service roles and the service that assumes them. Nothing of the customer runs with such a role:
/// the service itself uses it, for what it is asked by people with permissions of their own.
///
/// Source: the pages of these policies in the AWS Managed Policy Reference Guide, and of the roles
/// in the guides of AWS Backup ("Service roles"), AWS Batch ("IAM service role"), EC2 ("Spot Fleet
/// permissions"), EMR ("Service role for Amazon EMR") and Elastic Beanstalk ("Managing service
/// roles"). Roles of services that run the customer's code or documents with them are not here:
/// instances, functions, tasks, Glue jobs, notebooks, automations.
pub const SERVICE_ROLES: [(&str, &str); 8] = [
    ("AWSBackupServiceRolePolicyForBackup", "backup.amazonaws.com"),
    ("AWSBackupServiceRolePolicyForRestores", "backup.amazonaws.com"),
    ("AWSBatchServiceRole", "batch.amazonaws.com"),
    ("AmazonEC2SpotFleetTaggingRole", "spotfleet.amazonaws.com"),
    ("AmazonElasticMapReduceRole", "elasticmapreduce.amazonaws.com"),
    ("AWSElasticBeanstalkService", "elasticbeanstalk.amazonaws.com"),
    ("AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy", "elasticbeanstalk.amazonaws.com"),
    ("AWSBackupServiceRolePolicyForS3Restore", "backup.amazonaws.com"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_by_name() {
        let rules = |name| -> Vec<&str> {
            classes(name).unwrap_or_default().iter().map(|class| class.rule).collect()
        };
        assert_eq!(rules("AdministratorAccess"), ["iam-wildcard-action"]);
        assert!(rules("PowerUserAccess").contains(&"iam-not-action-allow"));
        assert!(rules("AmazonS3FullAccess").contains(&"iam-service-wildcard"));
        assert!(classes("AWSLambdaBasicExecutionRole").is_some_and(<[Class]>::is_empty));
        assert_eq!(classes("NoSuchPolicy"), None);
        assert_eq!(date().len(), 10);
    }

    #[test]
    fn what_is_attached_everywhere_blocks_nowhere() {
        const BLOCKING: [&str; 5] = [
            "iam-wildcard-action",
            "iam-service-wildcard",
            "iam-privilege-escalation",
            "iam-self-administrator",
            "iam-not-action-allow",
        ];
        for name in [
            "AmazonEKSClusterPolicy",
            "AmazonEKSWorkerNodePolicy",
            "AmazonEKS_CNI_Policy",
            "AmazonEKSVPCResourceController",
            "AmazonEKSFargatePodExecutionRolePolicy",
            "AmazonEBSCSIDriverPolicy",
            "AmazonEC2ContainerRegistryReadOnly",
            "AmazonECSTaskExecutionRolePolicy",
            "AmazonEC2ContainerServiceEventsRole",
            "AmazonSSMManagedInstanceCore",
            "CloudWatchAgentServerPolicy",
            "AWSLambdaBasicExecutionRole",
            "AWSLambdaVPCAccessExecutionRole",
            "AWSXRayDaemonWriteAccess",
            "AmazonAPIGatewayPushToCloudWatchLogs",
            "AmazonRDSEnhancedMonitoringRole",
            "AWSCodeDeployRole",
            "AWS_ConfigRole",
            "ReadOnlyAccess",
            "ViewOnlyAccess",
            "SecurityAudit",
        ] {
            let classes = classes(name).unwrap();
            assert!(!classes.iter().any(|class| BLOCKING.contains(&class.rule)), "{name}");
        }
    }

    #[test]
    fn service_roles_are_policies() {
        for (name, _) in SERVICE_ROLES {
            assert!(classes(name).is_some(), "{name}");
        }
    }
}
