//! A guard as managed policies on users and roles, or as their permissions boundary.

use std::collections::BTreeSet;

use aws_sdk_iam::Client;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::error::SdkError;
use aws_sdk_iam::types::{EntityType, PolicyScopeType, SummaryKeyType};
use serde_json::Value;
use tokio::task::JoinSet;

use super::decode::decoded;
use super::fault;
use super::patience::{once, pause};
use super::session::{Session, is_gone};
use crate::guard::account::document::canonical;
use crate::guard::account::state::{Live, Part, Principal, State, part_number};
use crate::guard::account::{Account, Cause, Done, Fault, Pair};

/// How many calls are under way at once.
const AT_ONCE: usize = 4;
/// How many versions a policy may have.
const VERSIONS: usize = 5;

/// The guard of one name in an account.
#[derive(Debug)]
pub struct Iam<'s> {
    session: &'s Session,
    client: Client,
    arn: String,
    name: String,
    path: String,
    boundary: bool,
    /// Policies that this process made: all of IAM may not know of them at once.
    young: BTreeSet<String>,
}

impl<'s> Iam<'s> {
    /// The guard of a name.
    #[must_use]
    pub fn new(
        session: &'s Session,
        partition: &str,
        account: &str,
        path: &str,
        name: &str,
        boundary: bool,
    ) -> Self {
        Self {
            session,
            client: session.iam(),
            arn: format!("arn:{partition}:iam::{account}:policy{path}"),
            name: name.to_owned(),
            path: path.to_owned(),
            boundary,
            young: BTreeSet::new(),
        }
    }

    async fn parts(&self) -> Result<Vec<Part>, Fault> {
        let mut pages = self
            .client
            .list_policies()
            .scope(PolicyScopeType::Local)
            .path_prefix(&self.path)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| fault::of("iam:ListPolicies", &error))?;
            for policy in page.policies() {
                let (Some(name), Some(arn)) = (policy.policy_name(), policy.arn()) else {
                    continue;
                };
                let is_guard_policy = arn.strip_prefix(&self.arn) == Some(name);
                let (Some(number), true) = (part_number(&self.name, name), is_guard_policy) else {
                    continue;
                };
                let version = policy.default_version_id().unwrap_or_default();
                // A policy that goes while we look is gone.
                let Some(document) = self.document(arn, version).await? else { continue };
                let part = Part {
                    name: name.to_owned(),
                    id: arn.to_owned(),
                    version: Some(version.to_owned()),
                    document,
                    attached: BTreeSet::new(),
                };
                found.push((number, part));
            }
        }
        found.sort_by_key(|(number, _)| *number);
        Ok(found.into_iter().map(|(_, part)| part).collect())
    }

    async fn document(&self, arn: &str, version: &str) -> Result<Option<Value>, Fault> {
        let call = self.client.get_policy_version().policy_arn(arn).version_id(version);
        match call.send().await {
            Ok(answer) => {
                let text = answer.policy_version().and_then(|version| version.document());
                let text = decoded(text.unwrap_or_default());
                canonical(&text).map(Some).map_err(|why| {
                    Fault::new(Cause::Other, format!("cannot read {version} of `{arn}`: {why}"))
                })
            }
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(fault::of("iam:GetPolicyVersion", &error)),
        }
    }

    /// Users and roles, and which of the parts are on whom.
    async fn principals(&self, parts: &mut [Part]) -> Result<Vec<Principal>, Fault> {
        let mut pages = self
            .client
            .get_account_authorization_details()
            .filter(EntityType::User)
            .filter(EntityType::Role)
            .filter(EntityType::Group)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| fault::of("iam:GetAccountAuthorizationDetails", &error))?;
            let users = page.user_detail_list().iter().map(|user| {
                (user.arn(), user.attached_managed_policies(), user.permissions_boundary(), true)
            });
            let roles = page.role_detail_list().iter().map(|role| {
                (role.arn(), role.attached_managed_policies(), role.permissions_boundary(), true)
            });
            // A group takes policies too, and somebody may have put the guard on one.
            let groups = page
                .group_detail_list()
                .iter()
                .map(|group| (group.arn(), group.attached_managed_policies(), None, false));
            for (arn, policies, boundary, is_principal) in users.chain(roles).chain(groups) {
                let Some(arn) = arn else { continue };
                let boundary = boundary.and_then(|attached| attached.permissions_boundary_arn());
                for part in parts.iter_mut() {
                    let is_on = if self.boundary {
                        boundary == Some(part.id.as_str())
                    } else {
                        policies.iter().any(|policy| policy.policy_arn() == Some(part.id.as_str()))
                    };
                    if is_on {
                        part.attached.insert(arn.to_owned());
                    }
                }
                if is_principal {
                    found.push(Principal {
                        arn: arn.to_owned(),
                        policies: policies.len(),
                        boundary: boundary.map(str::to_owned),
                    });
                }
            }
        }
        found.sort_by(|a, b| a.arn.cmp(&b.arn));
        found.dedup();
        Ok(found)
    }

    async fn quotas(&self) -> Result<(usize, usize), Fault> {
        let answer = self.client.get_account_summary().send().await;
        let answer = answer.map_err(|error| fault::of("iam:GetAccountSummary", &error))?;
        let of = |key: SummaryKeyType, usual: usize| {
            let found = answer.summary_map().and_then(|map| map.get(&key));
            found
                .and_then(|limit| usize::try_from(*limit).ok())
                .filter(|limit| *limit > 0)
                .unwrap_or(usual)
        };
        let most = of(SummaryKeyType::AttachedPoliciesPerRoleQuota, 10)
            .min(of(SummaryKeyType::AttachedPoliciesPerUserQuota, 10));
        Ok((if self.boundary { 1 } else { most }, of(SummaryKeyType::PolicySizeQuota, 6_144)))
    }

    /// The versions of a policy, oldest first: id, whether it is in force, document.
    async fn versions(&self, arn: &str) -> Result<Vec<(String, bool, Option<Value>)>, Fault> {
        // The policy's own word: a version's flag may be behind it.
        let answer = self.client.get_policy().policy_arn(arn).send().await;
        let answer = answer.map_err(|error| fault::of("iam:GetPolicy", &error))?;
        let default = answer.policy().and_then(|policy| policy.default_version_id());
        let default = default.unwrap_or_default().to_owned();
        let mut pages = self.client.list_policy_versions().policy_arn(arn).into_paginator().send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| fault::of("iam:ListPolicyVersions", &error))?;
            for version in page.versions() {
                let id = version.version_id().unwrap_or_default().to_owned();
                let document = self.document(arn, &id).await?;
                let is_default = version.is_default_version() || id == default;
                all.push((id, is_default, document));
            }
        }
        let number = |id: &str| id.trim_start_matches('v').parse::<u64>().unwrap_or(u64::MAX);
        all.sort_by_key(|(id, ..)| number(id));
        Ok(all)
    }

    async fn laid(&self, arn: &str, document: &Value) -> Result<Option<String>, Fault> {
        let all = self.versions(arn).await?;
        let found = all.into_iter().find(|(.., text)| text.as_ref() == Some(document));
        Ok(found.map(|(id, ..)| id))
    }

    async fn lay(&self, arn: &str, text: &str) -> Result<String, Fault> {
        let document = canonical(text).map_err(|why| Fault::new(Cause::Other, why))?;
        let all = self.versions(arn).await?;
        if let Some((id, ..)) = all.iter().find(|(.., content)| content.as_ref() == Some(&document))
        {
            return Ok(id.clone());
        }
        if all.len() >= VERSIONS
            && let Some((oldest, ..)) = all.iter().find(|(_, is_default, _)| !is_default)
        {
            self.drop_version(arn, oldest).await?;
        }
        let call = || async {
            self.client
                .create_policy_version()
                .policy_arn(arn)
                .policy_document(text)
                .set_as_default(false)
                .customize()
                .config_override(single())
                .send()
                .await
                .map(|answer| {
                    let id = answer.policy_version().and_then(|version| version.version_id());
                    id.unwrap_or_default().to_owned()
                })
        };
        once("iam:CreatePolicyVersion", self.session.attempts(), call, || self.laid(arn, &document))
            .await
    }

    async fn drop_version(&self, arn: &str, id: &str) -> Result<(), Fault> {
        let call = self.client.delete_policy_version().policy_arn(arn).version_id(id).send().await;
        match call {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(fault::of("iam:DeletePolicyVersion", &error)),
        }
    }

    async fn make(&self, name: &str, text: &str) -> Result<String, Fault> {
        let arn = format!("{}{name}", self.arn);
        let document = canonical(text).map_err(|why| Fault::new(Cause::Other, why))?;
        let call = || async {
            self.client
                .create_policy()
                .policy_name(name)
                .path(&self.path)
                .description("drift guard of holdpoint")
                .policy_document(text)
                .customize()
                .config_override(single())
                .send()
                .await
                .map(|answer| {
                    answer.policy().and_then(|policy| policy.arn()).unwrap_or_default().to_owned()
                })
        };
        let look = || async {
            Ok(match self.client.get_policy().policy_arn(&arn).send().await {
                Ok(answer) => {
                    let version = answer.policy().and_then(|policy| policy.default_version_id());
                    let existing = self.document(&arn, version.unwrap_or_default()).await?;
                    (existing.as_ref() == Some(&document)).then(|| arn.clone())
                }
                Err(error) if is_gone(&error) => None,
                Err(error) => return Err(fault::of("iam:GetPolicy", &error)),
            })
        };
        once(&format!("iam:CreatePolicy of `{name}`"), self.session.attempts(), call, look).await
    }

    fn each(&self, pairs: &[Pair], on: bool, done: &mut Done<'_>) {
        self.session.wait(async {
            let mut left = pairs.iter();
            let mut under_way = JoinSet::new();
            loop {
                while under_way.len() < AT_ONCE
                    && let Some(pair) = left.next()
                {
                    let (client, pair) = (self.client.clone(), pair.clone());
                    let (boundary, young) = (self.boundary, self.young.contains(&pair.policy));
                    under_way.spawn(async move {
                        let result = put(&client, &pair, boundary, on, young).await;
                        (pair, result)
                    });
                }
                match under_way.join_next().await {
                    Some(Ok((pair, result))) => done(&pair, result),
                    // A task that broke off says nothing of its pair: the read-back does.
                    Some(Err(_)) => {}
                    None => break,
                }
            }
        });
    }
}

/// One attempt: the repetition is ours.
fn single() -> aws_sdk_iam::config::Builder {
    aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// Puts one policy on one principal, or takes it off.
async fn put(
    client: &Client,
    pair: &Pair,
    boundary: bool,
    on: bool,
    young: bool,
) -> Result<(), Fault> {
    let mut attempt = 1;
    loop {
        let result = put_once(client, pair, boundary, on).await;
        match result {
            Err(fault) if fault.cause == Cause::Gone && !on => return Ok(()),
            // Not all of IAM knows of a policy in its first seconds.
            Err(fault) if fault.cause == Cause::Gone && young && attempt < 5 => {
                tokio::time::sleep(pause(attempt)).await;
                attempt += 1;
            }
            other => return other,
        }
    }
}

async fn put_once(client: &Client, pair: &Pair, boundary: bool, on: bool) -> Result<(), Fault> {
    let (policy, target) = (pair.policy.as_str(), pair.target.as_str());
    let tail = target.splitn(6, ':').nth(5).unwrap_or_default();
    let kind = tail.split('/').next().unwrap_or_default();
    let name = tail.rsplit('/').next().unwrap_or_default();
    macro_rules! send {
        ($verb:literal, $call:expr) => {
            match $call.send().await {
                Ok(_) => Ok(()),
                Err(error) => Err(failed(concat!("iam:", $verb), target, &error)),
            }
        };
    }
    match (kind, boundary, on) {
        ("role", false, true) => send!(
            "AttachRolePolicy",
            client.attach_role_policy().role_name(name).policy_arn(policy)
        ),
        ("role", false, false) => send!(
            "DetachRolePolicy",
            client.detach_role_policy().role_name(name).policy_arn(policy)
        ),
        ("user", false, true) => send!(
            "AttachUserPolicy",
            client.attach_user_policy().user_name(name).policy_arn(policy)
        ),
        ("user", false, false) => send!(
            "DetachUserPolicy",
            client.detach_user_policy().user_name(name).policy_arn(policy)
        ),
        ("group", false, true) => send!(
            "AttachGroupPolicy",
            client.attach_group_policy().group_name(name).policy_arn(policy)
        ),
        ("group", false, false) => send!(
            "DetachGroupPolicy",
            client.detach_group_policy().group_name(name).policy_arn(policy)
        ),
        ("role", true, true) => send!(
            "PutRolePermissionsBoundary",
            client.put_role_permissions_boundary().role_name(name).permissions_boundary(policy)
        ),
        ("role", true, false) => send!(
            "DeleteRolePermissionsBoundary",
            client.delete_role_permissions_boundary().role_name(name)
        ),
        ("user", true, true) => send!(
            "PutUserPermissionsBoundary",
            client.put_user_permissions_boundary().user_name(name).permissions_boundary(policy)
        ),
        ("user", true, false) => send!(
            "DeleteUserPermissionsBoundary",
            client.delete_user_permissions_boundary().user_name(name)
        ),
        _ => Err(Fault::new(Cause::Other, format!("cannot attach a policy to `{target}`"))),
    }
}

fn failed<E>(
    verb: &str,
    target: &str,
    error: &SdkError<E, aws_sdk_iam::config::http::HttpResponse>,
) -> Fault
where
    E: aws_sdk_iam::error::ProvideErrorMetadata + std::error::Error + 'static,
{
    fault::of(&format!("{verb} on `{target}`"), error)
}

impl Account for Iam<'_> {
    fn read(&mut self) -> Result<Live, Fault> {
        self.session.wait(async {
            let mut parts = self.parts().await?;
            let principals = self.principals(&mut parts).await?;
            let (most, limit) = self.quotas().await?;
            let state = State { parts };
            Ok(Live { state, principals, most, limit, targets: Vec::new() })
        })
    }

    fn create(&mut self, name: &str, document: &str) -> Result<String, Fault> {
        let made = self.session.wait(self.make(name, document))?;
        self.young.insert(made.clone());
        Ok(made)
    }

    fn stage(&mut self, policy: &str, document: &str) -> Result<Option<String>, Fault> {
        self.session.wait(self.lay(policy, document)).map(Some)
    }

    fn switch(&mut self, policy: &str, staged: Option<&str>, _: &str) -> Result<(), Fault> {
        let version = staged.unwrap_or_default();
        let call =
            self.client.set_default_policy_version().policy_arn(policy).version_id(version).send();
        self.session
            .wait(call)
            .map(|_| ())
            .map_err(|error| fault::of("iam:SetDefaultPolicyVersion", &error))
    }

    fn attach(&mut self, pairs: &[Pair], done: &mut Done<'_>) {
        self.each(pairs, true, done);
    }

    fn detach(&mut self, pairs: &[Pair], done: &mut Done<'_>) {
        self.each(pairs, false, done);
    }

    fn delete(&mut self, policy: &str) -> Result<(), Fault> {
        self.session.wait(async {
            match self.versions(policy).await {
                Err(fault) if fault.cause == Cause::Gone => return Ok(()),
                Err(fault) => return Err(fault),
                Ok(all) => {
                    for (id, is_default, _) in all {
                        if !is_default {
                            self.drop_version(policy, &id).await?;
                        }
                    }
                }
            }
            match self.client.delete_policy().policy_arn(policy).send().await {
                Ok(_) => Ok(()),
                Err(error) if is_gone(&error) => Ok(()),
                Err(error) => Err(fault::of("iam:DeletePolicy", &error)),
            }
        })
    }

    fn wait(&mut self, attempt: u32) {
        self.session.wait(tokio::time::sleep(pause(attempt + 2)));
    }
}
