//! A guard as service or resource control policies of an organization. They have no versions: what
//! is overwritten is gone, so the journal has it first.

use std::collections::BTreeSet;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::retry::RetryConfig;
use aws_sdk_organizations::types::{PolicyType, PolicyTypeStatus};

use super::fault;
use super::patience::{once, pause};
use super::session::{Session, is_gone};
use crate::guard::account::document::canonical;
use crate::guard::account::state::{Live, Part, State, part_number};
use crate::guard::account::{Account, Cause, Done, Fault, Pair};

/// The guard of one name in an organization.
#[derive(Debug)]
pub struct Organizations<'s> {
    session: &'s Session,
    client: Client,
    name: String,
    kind: PolicyType,
    targets: Vec<String>,
    most: usize,
    limit: usize,
}

/// Whether an organization takes such policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Whether the policy type is on in the root.
    pub enabled: bool,
    /// The account that no control policy binds.
    pub management: String,
}

impl<'s> Organizations<'s> {
    /// The guard of a name, which is to be on these targets.
    #[must_use]
    pub fn new(
        session: &'s Session,
        name: &str,
        resource: bool,
        targets: &[String],
        most: usize,
        limit: usize,
    ) -> Self {
        Self {
            session,
            client: session.organizations(),
            name: name.to_owned(),
            kind: if resource {
                PolicyType::ResourceControlPolicy
            } else {
                PolicyType::ServiceControlPolicy
            },
            targets: targets.to_vec(),
            most,
            limit,
        }
    }

    /// Looks at the organization.
    ///
    /// # Errors
    /// The account is in none, or may not say.
    pub fn ready(&self) -> Result<Ready, Fault> {
        self.session.wait(async {
            let answer = self.client.describe_organization().send().await;
            let answer =
                answer.map_err(|error| fault::of("organizations:DescribeOrganization", &error))?;
            let management =
                answer.organization().and_then(|organization| organization.master_account_id());
            let mut pages = self.client.list_roots().into_paginator().send();
            let mut enabled = false;
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| fault::of("organizations:ListRoots", &error))?;
                enabled |=
                    page.roots().iter().flat_map(|root| root.policy_types()).any(|policy_type| {
                        policy_type.r#type() == Some(&self.kind)
                            && policy_type.status() == Some(&PolicyTypeStatus::Enabled)
                    });
            }
            Ok(Ready { enabled, management: management.unwrap_or_default().to_owned() })
        })
    }

    async fn parts(&self) -> Result<Vec<Part>, Fault> {
        let mut pages =
            self.client.list_policies().filter(self.kind.clone()).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| fault::of("organizations:ListPolicies", &error))?;
            for policy in page.policies() {
                let (Some(name), Some(id)) = (policy.name(), policy.id()) else { continue };
                let Some(number) = part_number(&self.name, name) else { continue };
                let Some(text) = self.content(id).await? else { continue };
                let document = canonical(&text).map_err(|why| {
                    Fault::new(Cause::Other, format!("cannot read `{name}`: {why}"))
                })?;
                let part = Part {
                    name: name.to_owned(),
                    id: id.to_owned(),
                    version: None,
                    document,
                    attached: self.on(id).await?,
                };
                found.push((number, part));
            }
        }
        found.sort_by_key(|(number, _)| *number);
        Ok(found.into_iter().map(|(_, part)| part).collect())
    }

    async fn content(&self, id: &str) -> Result<Option<String>, Fault> {
        match self.client.describe_policy().policy_id(id).send().await {
            Ok(answer) => {
                let text = answer.policy().and_then(|policy| policy.content());
                Ok(Some(text.unwrap_or_default().to_owned()))
            }
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(fault::of("organizations:DescribePolicy", &error)),
        }
    }

    async fn on(&self, id: &str) -> Result<BTreeSet<String>, Fault> {
        let mut pages = self.client.list_targets_for_policy().policy_id(id).into_paginator().send();
        let mut found = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| fault::of("organizations:ListTargetsForPolicy", &error))?;
            found.extend(
                page.targets().iter().filter_map(|target| target.target_id()).map(str::to_owned),
            );
        }
        Ok(found)
    }

    async fn counts(&self) -> Result<Vec<(String, usize)>, Fault> {
        let mut all = Vec::new();
        for target in &self.targets {
            let mut pages = self
                .client
                .list_policies_for_target()
                .target_id(target)
                .filter(self.kind.clone())
                .into_paginator()
                .send();
            let mut count = 0;
            while let Some(page) = pages.next().await {
                let what = format!("organizations:ListPoliciesForTarget of `{target}`");
                count += page.map_err(|error| fault::of(&what, &error))?.policies().len();
            }
            all.push((target.clone(), count));
        }
        Ok(all)
    }

    async fn make(&self, name: &str, text: &str) -> Result<String, Fault> {
        let call = || async {
            self.client
                .create_policy()
                .name(name)
                .description("drift guard of holdpoint")
                .r#type(self.kind.clone())
                .content(text)
                .customize()
                .config_override(single())
                .send()
                .await
                .map(|answer| {
                    let summary = answer.policy().and_then(|policy| policy.policy_summary());
                    summary.and_then(|summary| summary.id()).unwrap_or_default().to_owned()
                })
        };
        let look = || async {
            let wanted = canonical(text).ok();
            let parts = self.parts().await?;
            let found = parts
                .into_iter()
                .find(|part| part.name == name && Some(&part.document) == wanted.as_ref());
            Ok(found.map(|part| part.id))
        };
        once(
            &format!("organizations:CreatePolicy of `{name}`"),
            self.session.attempts(),
            call,
            look,
        )
        .await
    }

    async fn put(&self, pair: &Pair) -> Result<(), Fault> {
        let what = format!("organizations:AttachPolicy on `{}`", pair.target);
        let call = || async {
            self.client
                .attach_policy()
                .policy_id(&pair.policy)
                .target_id(&pair.target)
                .customize()
                .config_override(single())
                .send()
                .await
                .map(|_| ())
        };
        let look =
            || async { Ok(self.on(&pair.policy).await?.contains(&pair.target).then_some(())) };
        once(&what, self.session.attempts(), call, look).await
    }
}

/// One attempt: the repetition is ours.
fn single() -> aws_sdk_organizations::config::Builder {
    aws_sdk_organizations::config::Builder::new().retry_config(RetryConfig::disabled())
}

impl Account for Organizations<'_> {
    fn read(&mut self) -> Result<Live, Fault> {
        self.session.wait(async {
            let state = State { parts: self.parts().await? };
            Ok(Live {
                state,
                principals: Vec::new(),
                most: self.most,
                limit: self.limit,
                targets: self.counts().await?,
            })
        })
    }

    fn create(&mut self, name: &str, document: &str) -> Result<String, Fault> {
        self.session.wait(self.make(name, document))
    }

    fn stage(&mut self, _: &str, _: &str) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    fn switch(&mut self, policy: &str, _: Option<&str>, document: &str) -> Result<(), Fault> {
        // The same content twice is the same content: the SDK may repeat it.
        let call = self.client.update_policy().policy_id(policy).content(document).send();
        self.session
            .wait(call)
            .map(|_| ())
            .map_err(|error| fault::of("organizations:UpdatePolicy", &error))
    }

    fn attach(&mut self, pairs: &[Pair], done: &mut Done<'_>) {
        // One after the other: Organizations refuses what goes on at once.
        for pair in pairs {
            let result = self.session.wait(self.put(pair));
            done(pair, result);
        }
    }

    fn detach(&mut self, pairs: &[Pair], done: &mut Done<'_>) {
        for pair in pairs {
            let call =
                self.client.detach_policy().policy_id(&pair.policy).target_id(&pair.target).send();
            let result = match self.session.wait(call) {
                Ok(_) => Ok(()),
                Err(error) if is_gone(&error) => Ok(()),
                Err(error) => {
                    let what = format!("organizations:DetachPolicy from `{}`", pair.target);
                    Err(fault::of(&what, &error))
                }
            };
            done(pair, result);
        }
    }

    fn delete(&mut self, policy: &str) -> Result<(), Fault> {
        match self.session.wait(self.client.delete_policy().policy_id(policy).send()) {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(fault::of("organizations:DeletePolicy", &error)),
        }
    }

    fn wait(&mut self, attempt: u32) {
        self.session.wait(tokio::time::sleep(pause(attempt + 2)));
    }
}
