//! Classes of actions that are harmless on one resource and grave on all of them.
//!
//! Source: the actions and resource types of the AWS Service Authorization Reference; which of them
//! read data, hand out credentials or open a resource to others is our judgement.

use super::action;
use super::document::Document;
use super::element::{Clause, shown};
use super::escalation::denied;
use super::pattern::{self, Case};
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// Actions of one service, and the types of resources that they work on as ARNs name them.
#[derive(Debug)]
pub struct Group {
    service: &'static str,
    kinds: &'static [&'static str],
    verbs: &'static [&'static str],
}

/// Some actions.
pub type Class = &'static [Group];

pub(super) const fn group(
    service: &'static str,
    kinds: &'static [&'static str],
    verbs: &'static [&'static str],
) -> Group {
    Group { service, kinds, verbs }
}

/// Reading what is stored: objects, items, rows, messages, secrets, parameters, images, code.
pub const DATA: Class = &[
    group("s3", &[], &["GetObject", "GetObjectVersion", "GetObjectTorrent"]),
    group("s3express", &["bucket/"], &["CreateSession"]),
    group("s3-object-lambda", &["accesspoint/"], &["GetObject", "GetObjectVersion"]),
    group("secretsmanager", &["secret:"], &["GetSecretValue"]),
    group(
        "ssm",
        &["parameter/"],
        &["GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory"],
    ),
    group(
        "dynamodb",
        &["table/"],
        &[
            "GetItem",
            "BatchGetItem",
            "Query",
            "Scan",
            "GetRecords",
            "PartiQLSelect",
            "ExportTableToPointInTime",
        ],
    ),
    group("rds-data", &["cluster:"], &["ExecuteSql", "ExecuteStatement", "BatchExecuteStatement"]),
    group(
        "rds",
        &["db:", "cluster:", "snapshot:", "cluster-snapshot:"],
        &[
            "CopyDBSnapshot",
            "CopyDBClusterSnapshot",
            "CreateDBSnapshot",
            "CreateDBClusterSnapshot",
            "StartExportTask",
            "DownloadCompleteDBLogFile",
            "DownloadDBLogFilePortion",
        ],
    ),
    group("athena", &["workgroup/"], &["GetQueryResults", "GetQueryResultsStream"]),
    group("timestream", &["database/"], &["Select"]),
    group("cassandra", &["/keyspace/"], &["Select"]),
    group("qldb", &["ledger/"], &["SendCommand", "ExecuteStatement", "PartiQLSelect"]),
    group("neptune-db", &[], &["connect", "ReadDataViaQuery"]),
    group("sqs", &[], &["ReceiveMessage"]),
    group("kinesis", &["stream/"], &["GetRecords"]),
    group("kafka-cluster", &["topic/"], &["ReadData"]),
    group("glacier", &["vaults/"], &["GetJobOutput"]),
    group("ebs", &["snapshot/"], &["GetSnapshotBlock"]),
    group(
        "ec2",
        &["instance/", "snapshot/", "image/"],
        &["GetConsoleScreenshot", "CopySnapshot", "CreateStoreImageTask"],
    ),
    group("ecr", &["repository/"], &["GetDownloadUrlForLayer", "BatchGetImage"]),
    group(
        "codecommit",
        &[],
        &["GitPull", "GetFile", "GetFolder", "GetBlob", "GetDifferences", "BatchGetCommits"],
    ),
    group(
        "codeartifact",
        &["package/", "repository/"],
        &["GetPackageVersionAsset", "ReadFromRepository"],
    ),
    group("lambda", &["function:", "layer:"], &["GetFunction", "GetLayerVersion"]),
    group("es", &["domain/"], &["ESHttpGet", "ESHttpPost"]),
    group("aoss", &["collection/"], &["APIAccessAll"]),
    group("kinesisvideo", &["stream/"], &["GetMedia", "GetClip", "GetMediaForFragmentList"]),
    group("healthlake", &["datastore/"], &["ReadResource", "SearchWithGet", "SearchWithPost"]),
    group("mediastore", &["container/"], &["GetObject"]),
    group("cognito-sync", &["identitypool/"], &["ListRecords"]),
    group("cognito-idp", &["userpool/"], &["ListUsers", "AdminGetUser", "ListUsersInGroup"]),
    group("logs", &["log-group:"], &["StartLiveTail", "Unmask"]),
];

/// Getting hold of credentials of somebody else.
pub const CREDENTIALS: Class = &[
    group(
        "iam",
        &["user/"],
        &[
            "CreateAccessKey",
            "CreateLoginProfile",
            "UpdateLoginProfile",
            "UpdateAccessKey",
            "CreateServiceSpecificCredential",
            "ResetServiceSpecificCredential",
            "UploadSigningCertificate",
            "UploadSSHPublicKey",
        ],
    ),
    group("sts", &["role/"], &["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]),
    group("sts", &["federated-user/"], &["GetFederationToken"]),
    group("ec2", &["instance/"], &["GetPasswordData"]),
    group(
        "ec2-instance-connect",
        &["instance/"],
        &["SendSSHPublicKey", "SendSerialConsoleSSHPublicKey"],
    ),
    group("rds-db", &["dbuser:"], &["connect"]),
    group(
        "redshift",
        &["dbuser:", "dbname:", "cluster:"],
        &["GetClusterCredentials", "GetClusterCredentialsWithIAM"],
    ),
    group("redshift-serverless", &["workgroup/"], &["GetCredentials"]),
    group("dsql", &["cluster/"], &["DbConnectAdmin"]),
    group("cognito-identity", &["identitypool/"], &["GetOpenIdTokenForDeveloperIdentity"]),
    group("cognito-idp", &["userpool/"], &["DescribeUserPoolClient", "AdminSetUserPassword"]),
    group("codepipeline", &["actiontype:"], &["PollForJobs"]),
    group("cloud9", &["environment:"], &["CreateEnvironmentToken"]),
    group("connect", &["instance/"], &["GetFederationToken"]),
    group("gamelift", &["build/", "fleet/"], &["RequestUploadCredentials", "GetInstanceAccess"]),
    group(
        "lightsail",
        &["Instance/", "RelationalDatabase/", "Bucket/"],
        &[
            "GetInstanceAccessDetails",
            "GetRelationalDatabaseMasterUserPassword",
            "CreateBucketAccessKey",
        ],
    ),
    group(
        "mediapackage",
        &["channels/"],
        &["RotateChannelCredentials", "RotateIngestEndpointCredentials"],
    ),
    group("storagegateway", &["gateway/"], &["DescribeChapCredentials"]),
    group("transfer", &["user/"], &["ImportSshPublicKey"]),
    group("s3", &[], &["GetDataAccess"]),
    group("elasticache", &["user:"], &["Connect"]),
];

/// Changing what identities may do: the permissions of users, groups and roles, of the accounts of
/// an organization, of IAM Identity Center.
pub const PERMISSIONS: Class = &[
    group(
        "iam",
        &["user/", "group/", "role/", "policy/", "oidc-provider/", "saml-provider/"],
        &[
            "AddClientIDToOpenIDConnectProvider",
            "AddUserToGroup",
            "AttachGroupPolicy",
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreateOpenIDConnectProvider",
            "CreatePolicy",
            "CreatePolicyVersion",
            "CreateSAMLProvider",
            "DeleteGroupPolicy",
            "DeletePolicy",
            "DeletePolicyVersion",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DeleteUserPermissionsBoundary",
            "DeleteUserPolicy",
            "DetachGroupPolicy",
            "DetachRolePolicy",
            "DetachUserPolicy",
            "PutGroupPolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "PutUserPermissionsBoundary",
            "PutUserPolicy",
            "SetDefaultPolicyVersion",
            "UpdateAssumeRolePolicy",
            "UpdateOpenIDConnectProviderThumbprint",
            "UpdateSAMLProvider",
        ],
    ),
    group(
        "organizations",
        &["policy/", "account/", "ou/", "root/"],
        &["AttachPolicy", "DeletePolicy", "DetachPolicy", "UpdatePolicy"],
    ),
    group(
        "sso",
        &["instance/", "permissionSet/", "account/"],
        &[
            "AttachCustomerManagedPolicyReferenceToPermissionSet",
            "AttachManagedPolicyToPermissionSet",
            "CreateAccountAssignment",
            "CreatePermissionSet",
            "DeleteInlinePolicyFromPermissionSet",
            "DeletePermissionsBoundaryFromPermissionSet",
            "PutInlinePolicyToPermissionSet",
            "PutPermissionsBoundaryToPermissionSet",
            "ProvisionPermissionSet",
            "UpdatePermissionSet",
        ],
    ),
    group("identitystore", &["identitystore/"], &["CreateGroupMembership"]),
    group(
        "eks",
        &["cluster/", "access-entry/"],
        &["AssociateAccessPolicy", "CreateAccessEntry", "UpdateAccessEntry"],
    ),
];

/// What a document allows of a class.
#[derive(Debug, Default)]
pub struct Found {
    /// The statement that allows it, by position.
    pub statement: usize,
    /// Its patterns that are of the class, sorted, in lower case.
    pub patterns: Vec<String>,
}

/// The statements that certainly allow actions of a class on resources that their author did not
/// name, and why there may be more.
///
/// What is all of a service or all of everything is left out: it says more than this, and other
/// rules say it.
#[must_use]
pub fn find(document: &Document, class: Class) -> (Vec<Found>, Option<Unknown>) {
    let mut doubt = document.doubt();
    let mut found = Vec::new();
    for (position, statement) in document.statements.iter().enumerate() {
        if statement.allows.is_false() {
            continue;
        }
        let Clause::These(texts) = &statement.action else {
            // All but a few: that is a rule of its own.
            if let Clause::Unknown(why) = &statement.action {
                doubt = doubt.or_else(|| Some(why.clone()));
            }
            continue;
        };
        let mut patterns = Vec::new();
        for text in &texts.items {
            match grants(document, statement, text, class) {
                Truth::True => patterns.push(shown(text).to_ascii_lowercase()),
                Truth::Unknown(why) => doubt = doubt.or(Some(why)),
                Truth::False => {}
            }
        }
        doubt = doubt.or_else(|| texts.rest.clone());
        if !patterns.is_empty() {
            patterns.sort();
            patterns.dedup();
            found.push(Found { statement: position, patterns });
        }
    }
    (found, doubt)
}

/// Whether a document allows an action of a class on anything at all.
#[must_use]
pub fn touches(document: &Document, class: Class) -> bool {
    let mut name = String::new();
    class.iter().any(|group| {
        group.verbs.iter().any(|verb| {
            name.clear();
            name.extend([group.service, ":", verb]);
            document.statements.iter().any(|s| s.allows.is_true() && s.names(&name).is_true())
        })
    })
}

fn grants(document: &Document, statement: &Statement, pattern: &Value, class: Class) -> Truth {
    let whole = action::is_every_action(pattern).is_true()
        || action::whole_service(pattern).is_some_and(|(_, sure)| sure.is_true());
    if whole {
        return Truth::False;
    }
    let mut answer = Truth::False;
    let mut name = String::new();
    for group in class {
        if is_of_another_service(pattern, group.service) {
            continue;
        }
        for verb in group.verbs {
            name.clear();
            name.extend([group.service, ":", verb]);
            let named = pattern::matches(pattern, &name, Case::Ignored);
            if named.is_false() {
                continue;
            }
            let one = statement
                .allows
                .clone()
                .and(named)
                .and(statement.reaches_all_of(
                    if group.service == "sts" { "iam" } else { group.service },
                    group.kinds,
                ))
                .and(limited(statement).not());
            answer = answer.or(one.and(denied(document, &name).not()));
            if answer.is_true() {
                return answer;
            }
        }
    }
    answer
}

/// Whether a pattern names another service in full: most do, and that is soon seen.
fn is_of_another_service(pattern: &Value, service: &str) -> bool {
    let known = pattern.as_str().and_then(|text| text.split_once(':'));
    known.is_some_and(|(own, _)| {
        !own.contains(['*', '?', '$']) && !own.eq_ignore_ascii_case(service)
    })
}

/// Whether conditions limit a statement to resources, or to uses, that its author chose.
#[must_use]
pub fn limited(statement: &Statement) -> Truth {
    const KEYS: [&str; 12] = [
        "kms:viaservice",
        "kms:resourcealiases",
        "kms:requestalias",
        "iam:policyarn",
        "iam:permissionsboundary",
        "iam:passedtoservice",
        "iam:associatedresourcearn",
        "sts:rolesessionname",
        "secretsmanager:secretid",
        "dynamodb:leadingkeys",
        "s3:dataaccesspointarn",
        "lambda:functionarn",
    ];
    let known = Truth::any(statement.conditions.entries.iter().map(|condition| {
        let key = condition.key.to_ascii_lowercase();
        if condition.is_on("kms:GrantIsForAWSResource") {
            return condition.values.all(|value| value.equals("true"));
        }
        let tag = key.contains("resourcetag/") || key.starts_with("kms:encryptioncontext:");
        if !condition.demands() || !(tag || KEYS.contains(&key.as_str())) {
            return Truth::False;
        }
        condition.values.all(|value| pattern::widens(value, pattern::is_all_wild).not())
    }));
    match &statement.conditions.rest {
        Some(why) => known.or(Truth::Unknown(why.clone())),
        None => known,
    }
}
