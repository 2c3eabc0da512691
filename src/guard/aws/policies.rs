//! The policies that stand in an account or an organization, whoever wrote them: what `guard audit
//! --live` reads. Only calls that list and describe.

use std::collections::BTreeSet;

use aws_sdk_iam::types::{PolicyScopeType, PolicyUsageType};
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::PolicyType;

use super::decode::decoded;
use super::fault;
use super::session::{Session, is_gone};
use crate::guard::account::{Cause, Fault};

/// A policy that stands somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Its ARN or id.
    pub id: String,
    /// Its document in force, as the account gives it.
    pub text: String,
    /// What it is on: ids of accounts, units and roots, or ARNs and names of principals.
    pub on: BTreeSet<String>,
}

/// Service or resource control policies, but for AWS's own: all of the organization, or those that
/// bind a target, from itself up to the root.
///
/// # Errors
/// The account is in no organization, or does not say.
pub fn control_policies(
    session: &Session,
    resource: bool,
    target: Option<&str>,
) -> Result<Vec<Policy>, Fault> {
    let kind =
        if resource { PolicyType::ResourceControlPolicy } else { PolicyType::ServiceControlPolicy };
    let client = session.organizations();
    session.wait(async {
        let mut found = Vec::new();
        let Some(target) = target else {
            let mut pages = client.list_policies().filter(kind).into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| fault::of("organizations:ListPolicies", &error))?;
                for policy in page.policies().iter().filter(|policy| !policy.aws_managed()) {
                    let id = policy.id().unwrap_or_default();
                    let on = targets(&client, id).await?;
                    found.extend(described(&client, id, policy.name(), on).await?);
                }
            }
            return Ok(found);
        };
        let mut seen = BTreeSet::new();
        for at in chain(&client, target).await? {
            let mut pages = client
                .list_policies_for_target()
                .target_id(&at)
                .filter(kind.clone())
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let what = format!("organizations:ListPoliciesForTarget of `{at}`");
                let page = page.map_err(|error| fault::of(&what, &error))?;
                for policy in page.policies().iter().filter(|policy| !policy.aws_managed()) {
                    let id = policy.id().unwrap_or_default();
                    if seen.insert(id.to_owned()) {
                        let on = BTreeSet::from([at.clone()]);
                        found.extend(described(&client, id, policy.name(), on).await?);
                    }
                }
            }
        }
        Ok(found)
    })
}

async fn described(
    client: &Client,
    id: &str,
    name: Option<&str>,
    on: BTreeSet<String>,
) -> Result<Option<Policy>, Fault> {
    match client.describe_policy().policy_id(id).send().await {
        Ok(answer) => {
            let text = answer.policy().and_then(|policy| policy.content()).unwrap_or_default();
            let name = name.unwrap_or_default().to_owned();
            Ok(Some(Policy { name, id: id.to_owned(), text: text.to_owned(), on }))
        }
        // One that goes while we look is gone.
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(fault::of("organizations:DescribePolicy", &error)),
    }
}

async fn targets(client: &Client, id: &str) -> Result<BTreeSet<String>, Fault> {
    let mut pages = client.list_targets_for_policy().policy_id(id).into_paginator().send();
    let mut found = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| fault::of("organizations:ListTargetsForPolicy", &error))?;
        found.extend(
            page.targets().iter().filter_map(|target| target.target_id()).map(str::to_owned),
        );
    }
    Ok(found)
}

/// A target and all above it.
async fn chain(client: &Client, target: &str) -> Result<Vec<String>, Fault> {
    // Units nest five deep; twice that is no organization any more.
    const DEPTH: usize = 10;
    let mut all = vec![target.to_owned()];
    while let Some(last) = all.last().filter(|id| !id.starts_with("r-")) {
        let what = format!("organizations:ListParents of `{last}`");
        let answer = client.list_parents().child_id(last).send().await;
        let answer = answer.map_err(|error| fault::of(&what, &error))?;
        let parent = answer.parents().first().and_then(|parent| parent.id()).map(str::to_owned);
        match parent {
            Some(parent) if all.len() < DEPTH => all.push(parent),
            _ => return Err(Fault::new(Cause::Other, format!("{what} does not lead to a root"))),
        }
    }
    Ok(all)
}

/// The account's own managed policies that are on somebody, as policies or as boundaries.
///
/// # Errors
/// The account does not say.
pub fn managed_policies(session: &Session, boundary: bool) -> Result<Vec<Policy>, Fault> {
    let client = session.iam();
    let usage = if boundary {
        PolicyUsageType::PermissionsBoundary
    } else {
        PolicyUsageType::PermissionsPolicy
    };
    session.wait(async {
        let mut found = Vec::new();
        let mut pages = client
            .list_policies()
            .scope(PolicyScopeType::Local)
            .only_attached(true)
            .policy_usage_filter(usage.clone())
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| fault::of("iam:ListPolicies", &error))?;
            for policy in page.policies() {
                let (Some(arn), Some(version)) = (policy.arn(), policy.default_version_id()) else {
                    continue;
                };
                let call = client.get_policy_version().policy_arn(arn).version_id(version);
                let text = match call.send().await {
                    Ok(answer) => {
                        let text = answer.policy_version().and_then(|version| version.document());
                        decoded(text.unwrap_or_default())
                    }
                    Err(error) if is_gone(&error) => continue,
                    Err(error) => return Err(fault::of("iam:GetPolicyVersion", &error)),
                };
                let mut on = BTreeSet::new();
                let mut entities = client
                    .list_entities_for_policy()
                    .policy_arn(arn)
                    .policy_usage_filter(usage.clone())
                    .into_paginator()
                    .send();
                while let Some(page) = entities.next().await {
                    let page =
                        page.map_err(|error| fault::of("iam:ListEntitiesForPolicy", &error))?;
                    let roles = page.policy_roles().iter().filter_map(|role| role.role_name());
                    on.extend(roles.map(|name| format!("role/{name}")));
                    let users = page.policy_users().iter().filter_map(|user| user.user_name());
                    on.extend(users.map(|name| format!("user/{name}")));
                    let groups = page.policy_groups().iter().filter_map(|group| group.group_name());
                    on.extend(groups.map(|name| format!("group/{name}")));
                }
                let name = policy.policy_name().unwrap_or_default().to_owned();
                found.push(Policy { name, id: arn.to_owned(), text, on });
            }
        }
        Ok(found)
    })
}
