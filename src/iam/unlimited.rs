//! Actions that AWS cannot limit to a resource: `*` is the only resource that they take.
//!
//! Source: the AWS Service Authorization Reference, where the column of resource types is empty for
//! them. Only what policies use often is here; what is not here counts as an action that can be
//! limited, so that the answer errs on the side of asking.

use super::element::Texts;
use super::pattern::{Case, Pattern, extremes, is_wild};
use crate::model::truth::Truth;
use crate::model::value::Value;

/// The verbs of a service that take no resource, as patterns, and exceptions to those.
struct Unlimited(&'static str, &'static [&'static str], &'static [&'static str]);

/// Services none of whose actions takes a resource.
const WHOLE: &[&str] = &[
    "aws-portal",
    "compute-optimizer",
    "discovery",
    "ec2messages",
    "freetier",
    "inspector",
    "lakeformation",
    "mobileanalytics",
    "pricing",
    "route53domains",
    "ssmmessages",
    "snowball",
    "support",
    "tag",
    "tax",
];

const UNLIMITED: &[Unlimited] = &[
    Unlimited("acm", &["ListCertificates", "RequestCertificate", "GetAccountConfiguration"], &[]),
    Unlimited("application-autoscaling", &["Describe*"], &[]),
    Unlimited("appmesh", &["ListMeshes"], &[]),
    Unlimited("athena", &["ListWorkGroups", "ListDataCatalogs", "ListEngineVersions"], &[]),
    Unlimited("autoscaling", &["Describe*"], &[]),
    Unlimited(
        "backup",
        &["ListBackup*", "ListProtectedResources"],
        &["ListBackupPlanVersions", "ListBackupSelections"],
    ),
    Unlimited(
        "cloudformation",
        &["ListStacks", "ListExports", "ListImports", "ValidateTemplate", "DescribeAccountLimits"],
        &[],
    ),
    Unlimited(
        "cloudfront",
        &[
            "ListDistributions",
            "ListCachePolicies",
            "ListFunctions",
            "ListPublicKeys",
            "ListKeyGroups",
            "ListOriginAccessControls",
            "ListCloudFrontOriginAccessIdentities",
        ],
        &[],
    ),
    Unlimited(
        "cloudtrail",
        &["DescribeTrails", "ListTrails", "LookupEvents", "ListPublicKeys"],
        &[],
    ),
    Unlimited(
        "cloudwatch",
        &[
            "PutMetricData",
            "GetMetricData",
            "GetMetricStatistics",
            "GetMetricWidgetImage",
            "ListMetrics",
            "ListDashboards",
            "ListMetricStreams",
            "DescribeAlarmsForMetric",
            "DescribeAnomalyDetectors",
            "DescribeInsightRules",
        ],
        &[],
    ),
    Unlimited("codebuild", &["ListProjects", "ListBuilds", "ListReportGroups", "ListReports"], &[]),
    Unlimited("codecommit", &["ListRepositories"], &[]),
    Unlimited("config", &["DescribeConfigRules", "DescribeCompliance*"], &[]),
    Unlimited(
        "dynamodb",
        &["ListTables", "ListBackups", "ListGlobalTables", "DescribeLimits"],
        &[],
    ),
    Unlimited(
        "ec2",
        &["Describe*", "GetEbs*"],
        &[
            "DescribeCapacityBlockExtensionOfferings",
            "DescribeClientVpnAuthorizationRules",
            "DescribeClientVpnConnections",
            "DescribeClientVpnRoutes",
            "DescribeClientVpnTargetNetworks",
            "DescribeFleet*",
            "DescribeFpgaImageAttribute",
            "DescribeImageAttribute",
            "DescribeInstanceAttribute",
            "DescribeSecurityGroupReferences",
            "DescribeSnapshotAttribute",
            "DescribeSpotFleet*",
            "DescribeVolumeAttribute",
            "DescribeVpcAttribute",
            "DescribeVpcEndpointServicePermissions",
        ],
    ),
    Unlimited(
        "ecr",
        &["GetAuthorizationToken", "DescribeRegistry", "GetRegistryPolicy", "PutRegistryPolicy"],
        &[],
    ),
    Unlimited("ecr-public", &["GetAuthorizationToken"], &[]),
    Unlimited(
        "ecs",
        &[
            "DescribeTaskDefinition",
            "DeregisterTaskDefinition",
            "DiscoverPollEndpoint",
            "ListClusters",
            "ListServices",
            "ListTaskDefinitions",
            "ListTaskDefinitionFamilies",
        ],
        &[],
    ),
    Unlimited("eks", &["ListClusters", "CreateCluster", "DescribeAddonVersions"], &[]),
    Unlimited("elasticache", &["DescribeCacheEngineVersions", "DescribeEvents"], &[]),
    Unlimited("elasticfilesystem", &["CreateFileSystem", "DescribeAccountPreferences"], &[]),
    Unlimited("elasticloadbalancing", &["Describe*"], &[]),
    Unlimited(
        "events",
        &["ListRules", "ListEventBuses", "ListRuleNamesByTarget", "PutPermission"],
        &[],
    ),
    Unlimited("firehose", &["ListDeliveryStreams"], &[]),
    Unlimited("glue", &["GetClassifier*", "GetSecurityConfiguration*", "ListCrawlers"], &[]),
    Unlimited(
        "guardduty",
        &["CreateDetector", "ListInvitations", "ListOrganizationAdminAccounts"],
        &[],
    ),
    Unlimited("health", &["DescribeEvents", "DescribeEventAggregates", "DescribeEventTypes"], &[]),
    Unlimited(
        "iam",
        &[
            "ListUsers",
            "ListRoles",
            "ListGroups",
            "ListPolicies",
            "ListVirtualMFADevices",
            "ListAccountAliases",
            "ListOpenIDConnectProviders",
            "ListSAMLProviders",
            "ListServerCertificates",
            "GetAccountSummary",
            "GetAccountPasswordPolicy",
            "GetAccountAuthorizationDetails",
            "GetCredentialReport",
            "GenerateCredentialReport",
            "CreateAccountAlias",
            "DeleteAccountAlias",
            "UpdateAccountPasswordPolicy",
            "DeleteAccountPasswordPolicy",
            "SimulateCustomPolicy",
        ],
        &[],
    ),
    Unlimited("inspector2", &["BatchGet*", "ListCoverage*", "ListFindings"], &[]),
    Unlimited("kinesis", &["ListStreams", "DescribeLimits"], &[]),
    Unlimited("kms", &["CreateKey", "ListKeys", "ListAliases", "GenerateRandom"], &[]),
    Unlimited(
        "lambda",
        &[
            "ListFunctions",
            "ListLayers",
            "ListEventSourceMappings",
            "CreateEventSourceMapping",
            "GetAccountSettings",
        ],
        &[],
    ),
    Unlimited(
        "logs",
        &[
            "CreateLogDelivery",
            "DeleteLogDelivery",
            "GetLogDelivery",
            "ListLogDeliveries",
            "UpdateLogDelivery",
            "DescribeResourcePolicies",
            "PutResourcePolicy",
            "DescribeDestinations",
            "DescribeQueries",
            "StopQuery",
        ],
        &[],
    ),
    Unlimited("organizations", &["ListAccounts", "ListRoots", "DescribeOrganization"], &[]),
    Unlimited(
        "rds",
        &[
            "DescribeEvents",
            "DescribeCertificates",
            "DescribeDBEngineVersions",
            "DescribeAccountAttributes",
        ],
        &[],
    ),
    Unlimited("rekognition", &["CompareFaces", "DetectFaces", "DetectLabels", "DetectText"], &[]),
    Unlimited(
        "route53",
        &[
            "ListHostedZones",
            "ListHostedZonesByName",
            "GetHostedZoneCount",
            "ListHealthChecks",
            "CreateHostedZone",
            "CreateHealthCheck",
            "TestDNSAnswer",
            "ListGeoLocations",
            "GetCheckerIpRanges",
        ],
        &[],
    ),
    Unlimited(
        "s3",
        &[
            "ListAllMyBuckets",
            "GetAccountPublicAccessBlock",
            "PutAccountPublicAccessBlock",
            "ListAccessPoints",
            "ListJobs",
            "CreateJob",
        ],
        &[],
    ),
    Unlimited("secretsmanager", &["ListSecrets", "GetRandomPassword", "BatchGetSecretValue"], &[]),
    Unlimited("securityhub", &["BatchGetSecurityControls"], &[]),
    Unlimited("ses", &["ListIdentities", "GetSendQuota", "GetSendStatistics"], &[]),
    Unlimited("sns", &["ListTopics", "ListSubscriptions", "GetSMSAttributes"], &[]),
    Unlimited("sqs", &["ListQueues"], &[]),
    Unlimited(
        "ssm",
        &[
            "DescribeParameters",
            "DescribeInstanceInformation",
            "DescribeActivations",
            "ListCommands",
            "ListCommandInvocations",
            "ListDocuments",
            "CancelCommand",
        ],
        &[],
    ),
    Unlimited("states", &["ListStateMachines", "ListActivities", "SendTask*"], &[]),
    Unlimited("sts", &["GetCallerIdentity", "GetSessionToken", "DecodeAuthorizationMessage"], &[]),
    Unlimited("textract", &["AnalyzeDocument", "DetectDocumentText", "Get*", "Start*"], &[]),
    Unlimited("trustedadvisor", &["DescribeCheck*"], &[]),
    Unlimited("waf", &["List*", "GetChangeToken*"], &["ListTagsForResource"]),
    Unlimited("wafv2", &["ListWebACLs", "ListIPSets", "ListRuleGroups", "CheckCapacity"], &[]),
    Unlimited(
        "xray",
        &["PutTraceSegments", "PutTelemetryRecords", "GetSampling*", "GetTrace*", "BatchGetTraces"],
        &[],
    ),
];

/// Whether an action pattern takes in an action that can be limited to resources. A pattern that is
/// not known may.
#[must_use]
pub fn can_be_limited(value: &Value) -> Truth {
    let Some(extremes) = extremes(value) else { return Truth::False };
    match value.doubt() {
        Some(why) => Truth::Unknown(why.clone()),
        None => Truth::from(!is_unlimited(&extremes.narrowest)),
    }
}

/// Whether each action that a pattern matches is one that takes no resource.
fn is_unlimited(text: &str) -> bool {
    let Some((service, verb)) = text.split_once(':') else { return false };
    let service = service.to_ascii_lowercase();
    if WHOLE.contains(&service.as_str()) {
        return true;
    }
    let Some(Unlimited(_, verbs, but)) = UNLIMITED.iter().find(|own| own.0 == service) else {
        return false;
    };
    let own = Pattern::new(verb, Case::Ignored);
    // An exception is a name, or begins with one; a wide pattern meets either.
    let excepted = but.iter().any(|name| {
        own.matches(name.trim_end_matches('*')) || Pattern::new(name, Case::Ignored).covers(&own)
    });
    !excepted && verbs.iter().any(|verb| Pattern::new(verb, Case::Ignored).covers(&own))
}

/// What the names of actions that only read begin with.
const READING: [&str; 34] = [
    "analyze", "batchget", "can", "check", "compare", "contains", "count", "decode", "describe",
    "detect", "discover", "download", "estimate", "evaluate", "export", "filter", "generate",
    "get", "head", "is", "list", "lookup", "poll", "preview", "query", "read", "receive",
    "retrieve", "scan", "search", "select", "simulate", "validate", "view",
];

/// Whether an action pattern takes in an action that writes, by its name.
#[must_use]
pub fn may_write(value: &Value) -> Truth {
    let Some(extremes) = extremes(value) else { return Truth::False };
    let writes = |text: &str| {
        let verb = text.split_once(':').map_or(text, |(_, verb)| verb).to_ascii_lowercase();
        let start = verb.split(['*', '?']).next().unwrap_or_default();
        let reads = READING.iter().any(|word| start.starts_with(word));
        !reads && (is_wild(&verb) || !start.is_empty())
    };
    match value.doubt() {
        Some(why) if extremes.any_text.is_some_and(|(wide, _)| writes(&wide)) => {
            Truth::Unknown(why.clone())
        }
        Some(_) => Truth::False,
        None => Truth::from(writes(&extremes.narrowest)),
    }
}

/// Asks a question of each action of a list that can be limited.
#[must_use]
pub fn any_limitable(actions: &Texts, question: impl Fn(&Value) -> Truth) -> Truth {
    actions.any(|action| can_be_limited(action).and(question(action)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_no_resource() {
        for text in [
            "s3:ListAllMyBuckets",
            "S3:listallmybuckets",
            "ec2:DescribeInstances",
            "ec2:DescribeSecurityGroups",
            "inspector:StartAssessmentRun",
            "iam:ListVirtualMFADevices",
            "autoscaling:Describe*",
            "tag:*",
            "xray:PutTraceSegments",
        ] {
            assert_eq!(can_be_limited(&text.into()), Truth::False, "{text}");
        }
        for text in [
            "ec2:Describe*",
            "ec2:DescribeSnapshotAttribute",
            "ec2:DescribeSpotFleetInstances",
            "ec2:DescribeS*",
            "s3:List*",
            "s3:GetObject",
            "*",
            "unheard:Of",
        ] {
            assert_eq!(can_be_limited(&text.into()), Truth::True, "{text}");
        }
    }

    #[test]
    fn what_writes() {
        for text in ["s3:PutObject", "s3:*", "*", "s3:G*", "lambda:InvokeFunction", "s3:?*"] {
            assert_eq!(may_write(&text.into()), Truth::True, "{text}");
        }
        for text in ["s3:GetObject", "s3:Get*", "ec2:Describe*", "sqs:ReceiveMessage", "s3:List*"] {
            assert_eq!(may_write(&text.into()), Truth::False, "{text}");
        }
    }
}
