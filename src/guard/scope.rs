//! What a guard has to hold: the verbs to deny by tag, by ARN and outright, and those that must
//! stay open.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Action, Service, catalogue};
use super::resources::Resource;
use super::terraform::{self, Mapping};
use super::verbs::{self, Class};

/// A resource type: service and name.
pub type KindName = (&'static str, &'static str);

/// What a guard has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Resource types that are guarded by the tag.
    pub kinds: BTreeSet<KindName>,
    /// Resource types whose resources are guarded by their ARNs, since their tags cannot be.
    pub arns: BTreeMap<KindName, BTreeSet<String>>,
    /// Verbs that change settings of the account.
    pub settings: BTreeSet<String>,
    /// What is not held, and why; for people.
    pub gaps: BTreeSet<String>,
}

impl Scope {
    /// Every resource type whose tags conditions can ask about.
    #[must_use]
    pub fn everything() -> Self {
        let mut scope = Self::default();
        for service in catalogue().services() {
            scope.add_service(service);
        }
        scope
    }

    /// Every such resource type of these services.
    ///
    /// # Errors
    /// The name of a service that AWS does not have.
    pub fn services(names: &[String]) -> Result<Self, String> {
        let mut scope = Self::default();
        for name in names {
            let service = catalogue().service(name).ok_or_else(|| name.clone())?;
            scope.add_service(service);
        }
        Ok(scope)
    }

    /// What these resources need.
    #[must_use]
    pub fn resources(resources: &[Resource], partition: &str) -> Self {
        let mut scope = Self::default();
        let abac = with_abac(resources);
        for resource in resources {
            scope.add_resource(resource, partition, &abac);
        }
        scope
    }

    fn add_service(&mut self, service: &'static Service) {
        for kind in service.types.iter().filter(|kind| kind.tags) {
            if !denied_on(service, kind.name, true).is_empty() {
                self.kinds.insert((service.name, kind.name));
            }
        }
    }

    fn add_resource(&mut self, resource: &Resource, partition: &str, abac: &BTreeSet<&str>) {
        let setting = terraform::setting(&resource.kind);
        self.settings.extend(setting.iter().map(|verb| (*verb).to_owned()));
        let Some(mapping) = terraform::mapping(&resource.kind) else {
            if setting.is_empty() {
                self.gaps.insert(format!("`{}` is not in the table of types", resource.kind));
            }
            return;
        };
        if mapping.kinds.is_empty() && setting.is_empty() && !mapping.is_any {
            self.gaps.insert(format!("`{}` has no resource type in IAM", resource.kind));
        }
        for kind in &mapping.kinds {
            let name = (mapping.service, *kind);
            let tags = catalogue().service(mapping.service).and_then(|service| service.kind(kind));
            let by_tag = tags.is_some_and(|(_, kind)| kind.tags)
                && (name != BUCKET
                    || bucket_name(resource).is_some_and(|name| abac.contains(name)));
            if by_tag {
                self.kinds.insert(name);
                continue;
            }
            match arn(resource, mapping, partition) {
                Some(arn) if !is_one(&arn) => {
                    self.gaps.insert(format!(
                        "`{}` has an ARN with a wildcard or a policy variable",
                        resource.address
                    ));
                }
                Some(arn) => {
                    self.arns.entry(name).or_default().insert(arn);
                }
                None => {
                    self.gaps.insert(format!(
                        "`{}` can only be covered by its ARN, which is not known yet",
                        resource.address
                    ));
                }
            }
        }
    }

    /// The verbs that are denied by the tag.
    #[must_use]
    pub fn denied(&self) -> BTreeSet<String> {
        let mut denied = BTreeSet::new();
        for (service, kind) in &self.kinds {
            let Some(service) = catalogue().service(service) else { continue };
            denied
                .extend(denied_on(service, kind, true).iter().map(|action| full(service, action)));
        }
        denied
    }
}

/// The type of buckets: without ABAC on a bucket S3 sends no tags of it.
pub const BUCKET: KindName = ("s3", "bucket");

/// Whether this resource makes S3 heed the tags of a bucket.
#[must_use]
pub fn switches_abac_on(resource: &Resource) -> bool {
    let status = resource.attributes.get("abac_status").and_then(|blocks| blocks.get(0));
    resource.kind == "aws_s3_bucket_abac"
        && status.and_then(|block| block.get("status")) == Some(&"Enabled".into())
}

/// The names of the buckets whose tags S3 heeds.
#[must_use]
pub fn with_abac(resources: &[Resource]) -> BTreeSet<&str> {
    let on = resources.iter().filter(|resource| switches_abac_on(resource));
    on.filter_map(|resource| resource.text("bucket")).collect()
}

/// The verbs that must stay open under a condition on the tag, for the services of a scope: what
/// reads, works inside, operates, or only takes as an input something whose tags are sent.
#[must_use]
pub fn open_by_tag() -> BTreeSet<String> {
    verbs::all()
        .filter(|(_, action, class)| !class.is_denied() && action.can_hold_tag())
        .map(|(service, action, _)| full(service, action))
        .collect()
}

/// The verbs that must stay open on the resources of a type, named by their ARNs.
#[must_use]
pub fn open_on(service: &'static Service, kind: &str) -> BTreeSet<String> {
    let Some((place, _)) = service.kind(kind) else { return BTreeSet::new() };
    service
        .actions
        .values()
        .filter(|action| action.on.iter().any(|on| on.kind == place))
        .filter(|action| !verbs::class(service.name, action).is_denied())
        .map(|action| full(service, action))
        .collect()
}

/// The actions that change a resource of a type or add a child to it; `by_tag` for those where a
/// condition on its tag can hold.
#[must_use]
pub fn denied_on(service: &'static Service, kind: &str, by_tag: bool) -> Vec<&'static Action> {
    let Some((place, _)) = service.kind(kind) else { return Vec::new() };
    service
        .actions
        .values()
        .filter(|action| {
            action.on.iter().any(|on| on.kind == place && (!by_tag || on.tags.can_hold()))
        })
        .filter(|action| verbs::class(service.name, action).is_denied())
        .collect()
}

/// The verbs of a type that nobody has reviewed: open, and to be told.
#[must_use]
pub fn unreviewed_on(service: &'static Service, kind: &str) -> Vec<&'static Action> {
    let Some((place, _)) = service.kind(kind) else { return Vec::new() };
    service
        .actions
        .values()
        .filter(|action| action.on.iter().any(|on| on.kind == place))
        .filter(|action| verbs::class(service.name, action) == Class::Unreviewed)
        .collect()
}

/// Whether an action only makes a new resource of a type: `CreateTable` of `table`. What is there
/// stays as it is, whether or not anybody looked at the verb.
#[must_use]
pub fn makes(action: &Action, kind: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase().trim_end_matches('s').to_owned()
    };
    let made = action.name.strip_prefix("Create").map(letters);
    made.is_some_and(|made| made.ends_with(&letters(kind)))
}

/// `service:Verb`.
#[must_use]
pub fn full(service: &Service, action: &Action) -> String {
    format!("{}:{}", service.name, action.name)
}

/// The name of a bucket, from itself or from what belongs to it.
#[must_use]
pub fn bucket_name(resource: &Resource) -> Option<&str> {
    resource.text("bucket").or_else(|| resource.text("id"))
}

/// Whether an ARN names one thing. A state is data: what it calls `*` would deny the changes of
/// everybody's things, and `${...}` would hold nothing.
fn is_one(arn: &str) -> bool {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let resource = resource.strip_suffix(":*").unwrap_or(resource);
    !resource.is_empty() && !resource.contains(['*', '?', '$', '"', '\\'])
}

/// The ARN that guards a resource: its own, or its parent's for a child.
#[must_use]
pub fn arn(resource: &Resource, mapping: &Mapping, partition: &str) -> Option<String> {
    let parent = mapping.parent.map(|attribute| resource.text(attribute));
    if let Some(parent) = parent {
        let id = parent?;
        return if id.starts_with("arn:") {
            Some(id.to_owned())
        } else {
            made(mapping, id, partition)
        };
    }
    if let Some(arn) = resource.text("arn").filter(|arn| arn.starts_with("arn:")) {
        return Some(arn.to_owned());
    }
    let id = if mapping.service == "s3" {
        bucket_name(resource)
    } else {
        resource.text("zone_id").or_else(|| resource.text("id"))
    };
    made(mapping, id?, partition)
}

/// ARNs that need neither the region nor the account.
fn made(mapping: &Mapping, id: &str, partition: &str) -> Option<String> {
    match (mapping.service, mapping.kinds.first().copied()?) {
        ("s3", "bucket") => Some(format!("arn:{partition}:s3:::{id}")),
        ("route53", kind @ ("hostedzone" | "healthcheck" | "delegationset")) => {
            Some(format!("arn:{partition}:route53:::{kind}/{id}"))
        }
        // The account is the one that the policy stands in.
        ("iam", "group") => Some(format!("arn:{partition}:iam::*:group/{id}")),
        _ => None,
    }
}
