//! The fixtures of every rule once more as v4, v5 and v6 of the provider would plan them: without
//! what went, with what came. What a version computes and the configuration does not say is unknown
//! until it is applied; each resource of v6 says its `region`. The rules must answer the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use holdpoint::decide::{Config, RuleConfig, Unjudged};
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::model::finding::{Change, Outcome};
use holdpoint::rules::catalogue;
use holdpoint::rules::table::language::Entry;
use serde_json::{Map, Value as Json, json};

use super::paths::documents;
use super::provider::{Node, Versions, aws};
use super::tables;
use crate::common::{root, scratch};

/// The last version of each major that is newer than the fixtures.
const FORMS: [&str; 3] = ["4.67.0", "5.99.1", "6.66.0"];

/// What has another name where it went; nothing where it moved into a block that no rule reads.
const RENAMED: &[(&str, &str)] = &[
    ("aws_elasticache_replication_group.number_cache_clusters", "num_cache_clusters"),
    ("aws_elasticache_replication_group.replication_group_description", "description"),
    (
        "aws_kinesis_firehose_delivery_stream.extended_s3_configuration.buffer_interval",
        "buffering_interval",
    ),
    (
        "aws_kinesis_firehose_delivery_stream.extended_s3_configuration.buffer_size",
        "buffering_size",
    ),
    ("aws_msk_cluster.broker_node_group_info.ebs_volume_size", ""),
];

/// A plan on its way to another version.
struct Form {
    version: Versions,
    /// Whether the version is the first major whose resources say their region.
    regional: bool,
    /// What cannot be said in this version: a type or a value.
    lost: Vec<String>,
}

impl Form {
    fn new(version: &str) -> Self {
        let at = aws().versions.iter().position(|own| own == version).unwrap();
        Self { version: 1 << at, regional: version.starts_with('6'), lost: Vec::new() }
    }

    fn plan(&mut self, plan: &mut Json) {
        let configuration = plan.pointer("/configuration/root_module").cloned();
        for change in plan["resource_changes"].as_array_mut().into_iter().flatten() {
            let kind = change["type"].as_str().unwrap_or_default();
            if !kind.starts_with("aws_") {
                continue;
            }
            let prefix = if change["mode"] == "data" { "data." } else { "" };
            let kind = format!("{prefix}{kind}");
            let Some(node) = aws().types.get(&kind).filter(|node| self.has(node)) else {
                self.lost.push(kind);
                continue;
            };
            // What is deleted in a region says nothing where resources have none.
            let own = &change["change"];
            let says_region = own["after"].is_null()
                && own.pointer("/before/region").is_some_and(Json::is_string);
            if says_region && !node.inside.get("region").is_some_and(|own| self.has(own)) {
                self.lost.push(format!("{kind}.region"));
                continue;
            }
            let written = configuration.as_ref().and_then(|all| expressions(all, change));
            let actions = change.pointer("/change/actions");
            let creates = actions.is_some_and(|all| all.to_string().contains("create"));
            let own = &mut change["change"];
            if let Json::Object(before) = &mut own["before"] {
                self.fit(node, before, &kind);
            }
            let mut unknown = match own["after_unknown"].take() {
                Json::Object(unknown) => unknown,
                _ => Map::new(),
            };
            if let Json::Object(after) = &mut own["after"] {
                self.fit(node, after, &kind);
                if creates {
                    self.fill(node, after, &mut unknown, written.as_ref());
                }
                if self.regional && node.inside.get("region").is_some_and(|own| self.came(own)) {
                    unknown.remove("region");
                    after.insert("region".to_owned(), json!("us-east-1"));
                }
            }
            own["after_unknown"] = Json::Object(unknown);
        }
    }

    fn has(&self, node: &Node) -> bool {
        node.versions & self.version != 0
    }

    fn came(&self, node: &Node) -> bool {
        self.has(node) && node.versions & (self.version >> 3) == 0
    }

    /// Takes away what the version does not have.
    fn fit(&mut self, node: &Node, object: &mut Map<String, Json>, at: &str) {
        for (old, new) in RENAMED {
            let Some(old) = old.strip_prefix(at).and_then(|old| old.strip_prefix('.')) else {
                continue;
            };
            if !node.inside.get(old).is_some_and(|inner| self.has(inner))
                && let Some(value) = object.remove(old)
                && !new.is_empty()
            {
                object.insert((*new).to_owned(), value);
            }
        }
        object.retain(|name, value| match node.inside.get(name) {
            Some(inner) if self.has(inner) => {
                if !inner.map && !inner.inside.is_empty() {
                    for element in elements(value) {
                        self.fit(inner, element, &format!("{at}.{name}"));
                    }
                }
                true
            }
            _ if node.open => true,
            // Before v6 it is the provider's.
            _ if name == "region" && !at.contains('.') => false,
            _ => {
                if !is_empty(value) {
                    self.lost.push(format!("{at}.{name}"));
                }
                false
            }
        });
    }

    /// Adds what the version has more.
    fn fill(
        &self,
        node: &Node,
        object: &mut Map<String, Json>,
        unknown: &mut Map<String, Json>,
        written: Option<&Json>,
    ) {
        for (name, inner) in node.inside.iter().filter(|(_, inner)| self.has(inner)) {
            let said = written.map(|written| &written[name]);
            let said = said.filter(|said| !said.is_null());
            if unknown.get(name) == Some(&Json::Bool(true)) {
                continue;
            }
            let marks = unknown.get(name).is_some_and(|marks| marks.to_string().contains("true"));
            let held = object.get(name).is_some_and(|value| {
                // A scalar that nobody wrote is a default, which a computed attribute has not.
                value.is_object() || value.as_array().is_some_and(|list| !list.is_empty())
            });
            if !held && !marks {
                if inner.computed && said.is_none() && written.is_some() {
                    object.remove(name);
                    unknown.insert(name.clone(), Json::Bool(true));
                } else if !object.contains_key(name) {
                    let empty = !inner.inside.is_empty();
                    object.insert(name.clone(), if empty { json!([]) } else { Json::Null });
                }
                continue;
            }
            if inner.map || inner.inside.is_empty() {
                continue;
            }
            let Some(Json::Array(list)) = object.get_mut(name) else { continue };
            let mut all = match unknown.remove(name) {
                Some(Json::Array(marks)) => marks,
                _ => Vec::new(),
            };
            all.resize(list.len().max(all.len()), json!({}));
            for (i, (element, marks)) in list.iter_mut().zip(&mut all).enumerate() {
                // One expression for the whole block does not tell what is written in it.
                let said = said.and_then(|said| said.get(i));
                if let (Json::Object(element), Json::Object(marks)) = (element, marks) {
                    self.fill(inner, element, marks, said);
                }
            }
            unknown.insert(name.clone(), Json::Array(all));
        }
    }
}

fn elements(value: &mut Json) -> Vec<&mut Map<String, Json>> {
    match value {
        Json::Object(one) => vec![one],
        Json::Array(list) => list.iter_mut().filter_map(Json::as_object_mut).collect(),
        _ => Vec::new(),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.is_empty(),
        Json::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// What the configuration writes of a resource.
fn expressions(module: &Json, change: &Json) -> Option<Json> {
    let mut module = module;
    let address = change.get("module_address").and_then(Json::as_str).unwrap_or_default();
    // `module.a["x.y"].module.b`: the keys of instances do not matter.
    let mut bare = String::new();
    let mut depth = 0;
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            letter if depth == 0 => bare.push(letter),
            _ => {}
        }
    }
    for name in bare.split('.').filter(|name| !name.is_empty() && *name != "module") {
        module = module.get("module_calls")?.get(name)?.get("module")?;
    }
    let own = module["resources"].as_array()?.iter().find(|own| {
        ["mode", "type", "name"].iter().all(|field| own.get(field) == change.get(field))
    })?;
    own.get("expressions").cloned()
}

/// What a rule says of a plan, with the address that it says it of.
fn said(rule: &str, file: &Path) -> Vec<(Outcome, String)> {
    // Away from the files beside it, which are not its source.
    let away = scratch();
    let alone = away.path().join("plan.json");
    fs::copy(file, &alone).unwrap();
    let on = RuleConfig { enabled: Some(true), ..RuleConfig::default() };
    let mut config = Config { rules: BTreeMap::from([(rule.to_owned(), on)]), ..Config::default() };
    // The rule is asked, not whether rules cover all that the fixture changes.
    config.gate.unjudged.default = Unjudged::Report;
    let verdict = plan(&PlanRequest {
        inputs: &[alone.display().to_string()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    });
    assert!(verdict.errors.is_empty(), "{}: {:?}", file.display(), verdict.errors);
    let own = verdict.findings.iter().filter(|one| one.rule == rule);
    own.filter(|one| one.change != Change::Resolved)
        .map(|one| (one.outcome, one.address.clone()))
        .collect()
}

/// The plans of a rule that need no source beside them, with what their name promises.
pub(crate) fn fixtures(rule: &str) -> Vec<(String, PathBuf)> {
    let Ok(listing) = fs::read_dir(root().join("fixtures/rules").join(rule)) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = listing.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "json"));
    files.retain(|file| !file.with_extension("source").is_dir());
    files.sort();
    let promise = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        name.split('.').next().unwrap().to_owned()
    };
    files.into_iter().map(|file| (promise(&file), file)).collect()
}

#[test]
fn every_fixture_is_answered_alike_in_the_form_of_newer_providers() {
    let away = scratch();
    let copy = away.path().join("plan.json");
    let documents = documents();
    let mut wrong = Vec::new();
    for rule in catalogue::all() {
        let id = rule.meta.id.as_ref();
        for version in FORMS {
            let mut promises = BTreeSet::new();
            let mut lost = Vec::new();
            for (promise, file) in fixtures(id) {
                let mut json: Json =
                    serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
                let mut form = Form::new(version);
                form.plan(&mut json);
                if !form.lost.is_empty() {
                    lost.append(&mut form.lost);
                    continue;
                }
                fs::write(&copy, json.to_string()).unwrap();
                let answers = said(id, &copy);
                let has = |outcome| answers.iter().any(|(own, _)| *own == outcome);
                let right = match promise.as_str() {
                    "block" => has(Outcome::Violated),
                    "pass" => answers.is_empty(),
                    _ => has(Outcome::Undetermined) && !has(Outcome::Violated),
                };
                if !right {
                    let name = file.file_name().unwrap().display();
                    wrong.push(format!("{id}/{name} in {version}: {answers:?}"));
                }
                promises.insert(promise);
            }
            let at = Form::new(version).version;
            let reads = |entry: &Entry| {
                entry.types.iter().any(|kind| tables::complete(entry, kind) & at != 0)
            };
            let judged = match documents.iter().find(|own| own.id == id) {
                Some(document) => document.resources.iter().any(reads),
                None => rule.meta.types.iter().any(|kind| aws().at(kind, ".") & at != 0),
            };
            for wanted in ["block", "pass"] {
                if judged && !promises.contains(wanted) {
                    wrong.push(format!("{id}: no {wanted} fixture for {version}: {lost:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is an offence wherever it stands.
const NEVER_RIGHT: &[&str] = &["aws_snapshot_create_volume_permission"];

/// The resource types of a plan, by address.
fn types(plan: &Json) -> BTreeMap<String, String> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    changes
        .map(|change| {
            let prefix = if change["mode"] == "data" { "data." } else { "" };
            let text = |field: &str| change[field].as_str().unwrap_or_default().to_owned();
            (text("address"), format!("{prefix}{}", text("type")))
        })
        .collect()
}

#[test]
fn every_type_of_a_table_is_blocked_in_one_plan_and_passes_in_another() {
    let mut wrong = Vec::new();
    for document in documents() {
        let mut blocked = BTreeSet::new();
        let mut passed = BTreeSet::new();
        for (promise, file) in fixtures(&document.id) {
            let plan = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            let types = types(&plan);
            match promise.as_str() {
                "block" => blocked.extend(
                    said(&document.id, &file)
                        .into_iter()
                        .filter(|(outcome, _)| *outcome == Outcome::Violated)
                        .filter_map(|(_, address)| types.get(&address).cloned()),
                ),
                "pass" => passed.extend(types.into_values()),
                _ => {}
            }
        }
        let kinds: BTreeSet<&String> =
            document.resources.iter().flat_map(|entry| &entry.types).collect();
        for kind in kinds.into_iter().filter(|kind| *kind != "*") {
            for (promise, proved) in [("block", &blocked), ("pass", &passed)] {
                let only_wrong = promise == "pass" && NEVER_RIGHT.contains(&kind.as_str());
                if !proved.contains(kind) && !only_wrong {
                    wrong.push(format!("{} {promise} {kind}", document.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "no fixture for:\n{}", wrong.join("\n"));
}
