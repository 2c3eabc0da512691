//! The user's own rules about manifests.

use std::path::Path;

use crate::manifest::{self, read};
use crate::model::verdict::Problem;
use crate::rules::catalogue;
use crate::rules::kubernetes::{self, KubernetesRule};

/// Reads the rules of a user: every YAML file of a folder and of those below is one, named after its
/// id.
///
/// # Errors
/// Every mistake in them, and whatever cannot be listed or read.
pub fn own_rules(folder: &Path) -> Result<Vec<KubernetesRule>, Vec<Problem>> {
    let wrong = |file: &str, message: String| Problem {
        code: "rule::invalid".to_owned(),
        message,
        help: Some("see the files in `policies/kubernetes` for the format".to_owned()),
        file: Some(file.to_owned()),
    };
    let folder = folder.display().to_string().replace('\\', "/");
    let (files, faults) = manifest::listed(&folder);
    let mut problems: Vec<Problem> =
        faults.into_iter().map(|(file, fault)| wrong(&file, fault.message)).collect();
    let mut rules = Vec::<KubernetesRule>::new();
    for (name, path) in &files {
        match own_rule(path) {
            Ok(rule) => {
                let known = kubernetes::rules().iter().map(|rule| &rule.meta.id);
                let aws = catalogue::all().iter().map(|rule| &rule.meta.id);
                let own = rules.iter().map(|rule| &rule.meta.id);
                match known.chain(aws).chain(own).any(|id| *id == rule.meta.id) {
                    true => problems
                        .push(wrong(name, format!("a rule `{}` already exists", rule.meta.id))),
                    false => rules.push(rule),
                }
            }
            Err(message) => problems.push(wrong(name, message)),
        }
    }
    if files.is_empty() && problems.is_empty() {
        problems.push(wrong(
            &folder,
            "the folder contains no rules; each rule is a `.yaml` file".to_owned(),
        ));
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

fn own_rule(path: &Path) -> Result<KubernetesRule, String> {
    let text = manifest::text(path).map_err(|fault| fault.to_string())?;
    let mut documents = read::unambiguous(&text).map_err(|fault| fault.to_string())?;
    let node = match (documents.pop(), documents.is_empty()) {
        (Some(node), true) => node,
        _ => return Err("a rule file must contain exactly one document".to_owned()),
    };
    let document: kubernetes::language::Document =
        serde_json::from_value(node.to_json()).map_err(|error| error.to_string())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if document.id != stem {
        return Err(format!("its id is `{}`, but its file is named `{stem}`", document.id));
    }
    KubernetesRule::compile(document)
}
