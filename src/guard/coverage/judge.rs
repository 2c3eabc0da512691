//! Judges each resource: by its own tags, or by those of what it belongs to.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::fixes::{Fixes, Way};
use super::parents::{Links, Parents};
use super::{Cause, Row, Settings, State};
use crate::guard::catalogue::catalogue;
use crate::guard::resources::{Resource, Tag};
use crate::guard::scope::{
    BUCKET, KindName, bucket_name, denied_on, full, makes, switches_abac_on, unreviewed_on,
    with_abac,
};
use crate::guard::terraform::{self, Mapping};

/// What the catalogue and the table of verbs say of a resource type.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Verbs that change it and that a condition on its tag reaches.
    by_tag: usize,
    /// Verbs that change it and that such a condition does not reach.
    beyond: Vec<String>,
    /// Verbs that nobody has looked at: they stay open.
    unreviewed: Vec<String>,
}

struct Judge<'r> {
    settings: &'r Settings,
    abac: BTreeSet<&'r str>,
    facts: FxHashMap<KindName, Facts>,
    fixes: Fixes<'r>,
}

/// The assessment of a resource.
#[derive(Debug, Clone)]
struct Assessment {
    state: State,
    cause: Option<Cause>,
    reason: String,
    verbs: Vec<String>,
    way: Way,
}

impl Assessment {
    fn held() -> Self {
        Self {
            state: State::Protected,
            cause: None,
            reason: String::new(),
            verbs: Vec::new(),
            way: Way::None,
        }
    }

    fn not(cause: Cause, reason: impl Into<String>, way: Way) -> Self {
        Self {
            state: State::Unprotected,
            cause: Some(cause),
            reason: reason.into(),
            verbs: Vec::new(),
            way,
        }
    }
}

pub(super) fn rows(resources: &[Resource], links: &Links, settings: &Settings) -> Vec<Row> {
    let mappings: Vec<Option<&'static Mapping>> =
        resources.iter().map(|resource| terraform::mapping(&resource.kind)).collect();
    let parents = Parents::new(resources, &mappings, links);
    // The names of buckets with ABAC, and the addresses of those whose names are not known yet.
    let mut abac = with_abac(resources);
    for resource in resources.iter().filter(|resource| switches_abac_on(resource)) {
        let mapping = terraform::mapping(&resource.kind);
        let found = mapping.map(|mapping| parents.of(resource, mapping)).unwrap_or_default();
        if let [Some(place)] = found.as_slice() {
            abac.extend(resources.get(*place).map(|bucket| bucket.address.as_str()));
        }
    }
    let mut judge =
        Judge { settings, abac, facts: FxHashMap::default(), fixes: Fixes::new(settings) };
    let judgements: Vec<Option<Assessment>> = resources
        .iter()
        .zip(&mappings)
        .map(|(resource, mapping)| match mapping {
            Some(mapping) if mapping.parent.is_some() => None,
            mapping => Some(judge.alone(resource, *mapping)),
        })
        .collect();
    let each = resources.iter().zip(mappings).zip(&judgements);
    each.map(|((resource, mapping), assessment)| match (assessment, mapping) {
        (Some(assessment), mapping) => judge.row(resource, mapping, assessment.clone(), None),
        (None, Some(mapping)) => {
            let found = parents.of(resource, mapping);
            let look = |place: usize| {
                let parent = resources.get(place)?;
                Some((parent, judgements.get(place)?.as_ref()?))
            };
            let list: Vec<_> = found.iter().map(|place| place.and_then(look)).collect();
            judge.child(resource, mapping, &list)
        }
        (None, None) => judge.row(resource, None, judge.unknown(resource), None),
    })
    .collect()
}

impl Judge<'_> {
    /// By its own tags.
    fn alone(&mut self, resource: &Resource, mapping: Option<&'static Mapping>) -> Assessment {
        let setting = terraform::setting(&resource.kind);
        if !setting.is_empty() {
            if self.settings.by_arn {
                return Assessment::held();
            }
            return Assessment::not(
                Cause::NoIamTagSupport,
                "it is an account setting, which has no tags",
                Way::Outright,
            );
        }
        let Some(mapping) = mapping else { return self.unknown(resource) };
        if mapping.kinds.is_empty() {
            return Assessment::not(
                Cause::NoIamTagSupport,
                "it is not a resource in IAM: no policy can name it",
                Way::Nothing,
            );
        }
        let kinds = kinds(resource, mapping);
        if let Some(by_arn) = self.by_arn(resource, mapping, &kinds) {
            return by_arn;
        }
        let key = &self.settings.tag_key;
        let tagged = match resource.tag(key) {
            Tag::Value(value) if self.settings.tag_values.contains(&value) => Ok(()),
            Tag::Value(_) => Err((format!("its tag `{key}` has another value"), Way::Value)),
            Tag::Absent => Err((format!("it does not have the tag `{key}`"), Way::Tag)),
            Tag::Unknown => Err((
                format!("cannot tell whether it has the tag `{key}` until after apply"),
                Way::Constant,
            )),
        };
        if let Err((reason, way)) = tagged {
            return Assessment::not(Cause::Untagged, reason, way);
        }
        self.partly(mapping.service, &kinds, true)
    }

    /// What is held by ARN, or could be: its tags do not count, whatever they are.
    fn by_arn(
        &mut self,
        resource: &Resource,
        mapping: &'static Mapping,
        kinds: &[&'static str],
    ) -> Option<Assessment> {
        let service = mapping.service;
        let bucket = kinds == [BUCKET.1] && service == BUCKET.0;
        let on = bucket
            && (self.abac.contains(resource.address.as_str())
                || bucket_name(resource).is_some_and(|name| self.abac.contains(name)));
        let mut by_tag = true;
        for kind in kinds {
            let entry = catalogue().service(service).and_then(|service| service.kind(kind));
            by_tag &=
                entry.is_some_and(|(_, entry)| entry.tags) && self.facts(service, kind).by_tag > 0;
        }
        if by_tag && (!bucket || on) {
            return None;
        }
        // A type that nobody changes, by what was looked at, is no gap of tags.
        let mut changing = false;
        for kind in kinds {
            let facts = self.facts(service, kind);
            changing |= facts.by_tag > 0 || !facts.beyond.is_empty();
        }
        if !changing {
            return Some(self.partly(service, kinds, true));
        }
        if self.settings.by_arn && self.fixes.arn(resource, mapping).is_some() {
            return Some(self.partly(service, kinds, false));
        }
        if bucket {
            let key = &self.settings.tag_key;
            let tagged = matches!(resource.tag(key),
                Tag::Value(value) if self.settings.tag_values.contains(&value));
            return Some(if tagged {
                Assessment::not(
                    Cause::AbacOff,
                    "S3 evaluates a bucket's tags only if ABAC is enabled for it",
                    Way::Abac,
                )
            } else {
                Assessment::not(
                    Cause::Untagged,
                    format!(
                        "it does not have the tag `{key}`, and S3 would ignore it: ABAC is disabled"
                    ),
                    Way::TagAndAbac,
                )
            });
        }
        Some(Assessment::not(
            Cause::NoIamTagSupport,
            "AWS sends none of its tags with the actions that change it",
            Way::Arn,
        ))
    }

    /// Held, but for the verbs that are not.
    fn partly(
        &mut self,
        service: &'static str,
        kinds: &[&'static str],
        by_tag: bool,
    ) -> Assessment {
        let (mut beyond, mut unreviewed) = (BTreeSet::new(), BTreeSet::new());
        for kind in kinds {
            let facts = self.facts(service, kind);
            if by_tag {
                beyond.extend(facts.beyond.iter().cloned());
            }
            unreviewed.extend(facts.unreviewed.iter().cloned());
        }
        if beyond.is_empty() && unreviewed.is_empty() {
            return Assessment::held();
        }
        let mut reasons = Vec::new();
        if !beyond.is_empty() {
            reasons.push(format!(
                "AWS does not send its tags with {} of the actions that change it",
                beyond.len()
            ));
        }
        if !unreviewed.is_empty() {
            reasons.push(format!(
                "{} of its actions stay open because they are not reviewed",
                unreviewed.len()
            ));
        }
        let way = if beyond.is_empty() { Way::Review } else { Way::Arn };
        Assessment {
            state: State::Partial,
            cause: Some(Cause::Partial),
            reason: reasons.join(", and "),
            verbs: beyond.union(&unreviewed).cloned().collect(),
            way,
        }
    }

    fn unknown(&self, resource: &Resource) -> Assessment {
        let service = resource.text("arn").and_then(|arn| arn.split(':').nth(2));
        let service = service.and_then(|name| catalogue().service(name));
        Assessment::not(
            Cause::UnknownType,
            format!("`{}` is not in the table of types", resource.kind),
            Way::Service(service.map(|service| service.name)),
        )
    }

    fn facts(&mut self, service: &'static str, kind: &'static str) -> &Facts {
        self.facts.entry((service, kind)).or_insert_with(|| facts(service, kind))
    }

    /// By what it belongs to: the worst of all that it may be.
    fn child(
        &mut self,
        resource: &Resource,
        mapping: &'static Mapping,
        parents: &[Option<(&Resource, &Assessment)>],
    ) -> Row {
        let absent = || {
            let attribute = mapping.parent.unwrap_or_default();
            Assessment::not(
                Cause::ChildOf,
                format!("the resource that its `{attribute}` names is not in these files"),
                Way::Elsewhere,
            )
        };
        let missing = parents.is_empty() || parents.iter().any(Option::is_none);
        let worst = parents.iter().flatten().max_by_key(|(_, assessment)| assessment.state);
        let (Some((parent, assessment)), false) = (worst, missing) else {
            // Its ARN may be told all the same.
            let held = self.settings.by_arn
                && self
                    .by_arn(resource, mapping, &mapping.kinds)
                    .is_some_and(|assessment| assessment.state.is_held());
            let mut assessment = if held { Assessment::held() } else { absent() };
            if held {
                assessment.state = State::ThroughParent;
            }
            return self.row(resource, Some(mapping), assessment, None);
        };
        let judgement = match assessment.state {
            State::Protected | State::ThroughParent => {
                Assessment { state: State::ThroughParent, ..Assessment::held() }
            }
            State::Partial => Assessment {
                reason: format!("like its parent: {}", assessment.reason),
                ..(*assessment).clone()
            },
            State::Unprotected => Assessment::not(
                Cause::ChildOf,
                format!(
                    "it belongs to `{}`, which is not covered: {}",
                    parent.address, assessment.reason
                ),
                Way::Parent(Box::new(assessment.way.clone())),
            ),
        };
        self.row(resource, Some(mapping), judgement, Some(parent))
    }

    fn row(
        &self,
        resource: &Resource,
        mapping: Option<&'static Mapping>,
        assessment: Assessment,
        parent: Option<&Resource>,
    ) -> Row {
        let advice = self.fixes.tell(resource, mapping, &assessment.way, &assessment.verbs, parent);
        let from_setting = || terraform::setting(&resource.kind).first()?.split(':').next();
        Row {
            address: resource.address.clone(),
            file: resource.file,
            kind: resource.kind.clone(),
            service: mapping
                .map(|mapping| mapping.service)
                .or_else(from_setting)
                .unwrap_or_default(),
            state: assessment.state,
            cause: assessment.cause,
            reason: assessment.reason,
            parent: parent.map(|parent| parent.address.clone()),
            verbs: assessment.verbs,
            fix: advice.fix,
            terraform: advice.terraform,
            statement: advice.statement,
        }
    }
}

fn facts(service: &'static str, kind: &'static str) -> Facts {
    let Some(service) = catalogue().service(service) else { return Facts::default() };
    let by_tag = denied_on(service, kind, true);
    let beyond = denied_on(service, kind, false);
    let name = |action: &&crate::guard::catalogue::Action| full(service, action);
    let reached: BTreeSet<String> = by_tag.iter().map(name).collect();
    Facts {
        by_tag: reached.len(),
        beyond: beyond.iter().map(name).filter(|verb| !reached.contains(verb)).collect(),
        unreviewed: unreviewed_on(service, kind)
            .iter()
            .filter(|action| !makes(action, kind))
            .map(name)
            .collect(),
    }
}

/// The resource types that it may be: the one that its ARN says, else all of the table.
fn kinds(resource: &Resource, mapping: &Mapping) -> Vec<&'static str> {
    let service = catalogue().service(mapping.service);
    let by_arn = resource.text("arn").filter(|_| mapping.kinds.len() > 1).zip(service);
    let by_arn = by_arn.and_then(|(arn, service)| {
        let places = service.kinds_of(arn);
        let names =
            places.iter().filter_map(|place| service.types.get(*place)).map(|kind| kind.name);
        names.into_iter().find(|name| mapping.kinds.contains(name))
    });
    by_arn.map_or_else(|| mapping.kinds.clone(), |kind| vec![kind])
}
