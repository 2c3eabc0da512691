//! The gate of manifests: the five stages in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::decide::{self, Chosen, Config, Inline, Judged};
pub use crate::manifest::Paths;
use crate::manifest::{self, Fault, File, Manifests, read};
use crate::model::finding::{Finding, Origin, Outcome, WaiverUse};
use crate::model::raised::Evaluation;
use crate::model::verdict::{Counted, Problem, Verdict};
use crate::rules::catalogue;
use crate::rules::kubernetes::{self, Counts, KubernetesRule, PodSecurity, Selected, World};

/// How many findings a run reports; nobody reads more, and a report of more is no help.
const MOST: usize = 50_000;

/// What to judge, and how.
pub struct ManifestsRequest<'a> {
    /// Files, folders, `-` for standard input; globs for what folders hold.
    pub paths: Paths<'a>,
    /// Rules of the user, besides those that holdpoint ships.
    pub rules: &'a [KubernetesRule],
    /// What of the Pod Security Standards counts.
    pub pod_security: PodSecurity,
    /// Fingerprints of findings that are known, and what they are; they count as existing.
    pub known: Option<&'a BTreeMap<String, Outcome>>,
    /// The configuration.
    pub config: &'a Config,
    /// Ends waivers.
    pub today: jiff::civil::Date,
}

/// Judges manifests. It never fails: problems are in the verdict.
#[must_use]
pub fn manifests(request: &ManifestsRequest<'_>) -> Verdict {
    judge(request).0
}

/// The same for a program that ends with it: what was read is left to the system, which takes it
/// back at once, where dropping thousands of trees value by value costs a tenth of the whole.
#[must_use]
pub fn manifests_at_last(request: &ManifestsRequest<'_>) -> Verdict {
    let (verdict, manifests) = judge(request);
    std::mem::forget(manifests);
    verdict
}

fn judge(request: &ManifestsRequest<'_>) -> (Verdict, Manifests) {
    let rules: Vec<&KubernetesRule> = kubernetes::rules().iter().chain(request.rules).collect();
    let metas = || rules.iter().map(|rule| &rule.meta);
    let mut notices = request.config.weakened(metas());
    if request.config.manifests.pod_security.is_some()
        && request.pod_security != PodSecurity::default()
    {
        notices.push(format!("checked at level `{}`, as configured", request.pod_security));
    }

    // READ and NORMALISE
    let manifests = Manifests::read(&request.paths);
    let counting = request.pod_security.counting(&rules);
    let counts = |one: &Chosen| counting.get(one.index).copied().unwrap_or(Counts::Nowhere);
    let mut chosen = request.config.choose(metas());
    let loose = manifests.has_loose_pods();
    chosen.retain(|one| match counts(one) {
        Counts::Nowhere => false,
        Counts::Loose => loose,
        Counts::Everywhere => true,
    });
    let mut errors: Vec<Problem> = manifests.faults.iter().map(problem).collect();
    notices.extend(manifests.notices.iter().cloned());
    if manifests.objects() == 0 && errors.is_empty() {
        errors.push(nothing("no Kubernetes manifest was found, so nothing was checked"));
    }
    // EVALUATE
    let selected: Vec<Selected<'_>> =
        chosen.iter().filter_map(|one| with_rule(&rules, one, counts(one))).collect();
    let minor = request.pod_security.minor;
    let world = World::new(manifests.files.iter().flat_map(|file| &file.objects));
    let evaluate = |file: &File| kubernetes::evaluate(&file.objects, &selected, &world, minor);
    let mut evaluations: Vec<Evaluation> = manifests.files.par_iter().map(evaluate).collect();
    bounded(&mut evaluations, &mut errors);
    let allowed = waivers(request, &manifests, &rules, &mut notices);
    let waived: Vec<_> = manifests
        .files
        .iter()
        .zip(&evaluations)
        .zip(allowed)
        .map(|((file, evaluation), allowed)| {
            waived(file, evaluation, &chosen, allowed, &mut notices)
        })
        .collect();
    // DECIDE
    let subjects: Vec<_> = manifests.files.iter().map(File::subjects).collect();
    let files = manifests.files.iter().zip(&subjects).zip(&evaluations).zip(&waived);
    let judged: Vec<Judged<'_>> = files
        .map(|(((file, subjects), evaluation), waived)| Judged {
            file: &file.name,
            subjects,
            evaluation,
            by_own: false,
            waived: Some(waived),
        })
        .collect();
    let input = decide::Input {
        counted: Counted::Objects,
        names: request.paths.paths,
        judged: &judged,
        rules: &chosen,
        known: request.known,
        elsewhere: request
            .config
            .waivers
            .iter()
            .filter(|waiver| metas().all(|meta| meta.id != waiver.rule))
            .map(|waiver| waiver.rule.clone())
            .collect(),
        notices,
        errors,
    };
    let mut verdict = decide::decide(input, request.config, request.today);
    // What a report needs: the object and where it stands.
    let by_id: FxHashMap<&str, &KubernetesRule> =
        rules.iter().map(|rule| (rule.meta.id.as_ref(), *rule)).collect();
    for finding in &mut verdict.findings {
        complete(finding, &manifests, &by_id);
        if verdict.rules.get(finding.rule.as_ref()).is_none_or(|rule| rule.blames_secrets) {
            finding.location.snippet = None;
        }
    }
    drop(judged);
    (verdict, manifests)
}

fn with_rule<'r>(
    rules: &[&'r KubernetesRule],
    chosen: &Chosen,
    counts: Counts,
) -> Option<Selected<'r>> {
    let rule = rules.get(chosen.index)?;
    let params = Arc::new(chosen.params.clone());
    Some(Selected { rule, params, loose_only: counts == Counts::Loose })
}

/// What comments waive, file by file: those that count.
fn waivers(
    request: &ManifestsRequest<'_>,
    manifests: &Manifests,
    rules: &[&KubernetesRule],
    notices: &mut Vec<String>,
) -> Vec<Vec<(u32, Inline)>> {
    let ids: Vec<&str> = rules.iter().map(|rule| rule.meta.id.as_ref()).collect();
    let cap = request.config.gate.max_waiver_days;
    let mut barred = 0;
    let mut all = Vec::new();
    for file in &manifests.files {
        let mut own = Vec::new();
        for comment in file.comments() {
            let place = format!("{}:{}", file.name, comment.line);
            match decide::inline(&comment.text, &place, request.today, cap, &ids) {
                None => {}
                Some(_) if !request.config.manifests.inline_waivers => barred += 1,
                Some(Ok(waiver)) => own.push((comment.about, waiver)),
                Some(Err(why)) => notices.push(why),
            }
        }
        all.push(own);
    }
    if barred > 0 {
        notices.push(format!(
            "{barred} waiver comments are ignored: set `inline_waivers = true` under \
             `[manifests]` to allow them"
        ));
    }
    all
}

/// The answers of a file that its comments waive.
fn waived(
    file: &File,
    evaluation: &Evaluation,
    chosen: &[Chosen],
    allowed: Vec<(u32, Inline)>,
    notices: &mut Vec<String>,
) -> FxHashMap<usize, WaiverUse> {
    let mut waived = FxHashMap::default();
    if allowed.is_empty() {
        return waived;
    }
    let mut used = vec![false; allowed.len()];
    for (number, raised) in evaluation.raised.iter().enumerate() {
        let object = file.objects.get(raised.subject.0 as usize);
        let rule = chosen.get(raised.rule).map(|one| one.meta.id.as_ref());
        let place = object.and_then(|own| file.locate(&own.address, &raised.answer.path));
        let line = place.map(|(_, location)| location.line);
        for ((about, waiver), used) in allowed.iter().zip(&mut used) {
            if Some(*about) == line && Some(waiver.rule.as_str()) == rule {
                *used = true;
                waived.insert(number, waiver.waiver.clone());
            }
        }
    }
    for ((_, waiver), _) in allowed.iter().zip(used).filter(|(_, used)| !used) {
        let (place, rule) = (&waiver.waiver.ticket, &waiver.rule);
        notices.push(format!("{place}: a waiver of `{rule}` matches nothing: remove it"));
    }
    waived
}

fn complete(
    finding: &mut Finding,
    manifests: &Manifests,
    rules: &FxHashMap<&str, &KubernetesRule>,
) {
    let file = manifests.files.binary_search_by(|file| file.name.cmp(&finding.location.file));
    let found = file.ok().and_then(|i| manifests.files.get(i));
    if let Some((_, location)) = found.and_then(|f| f.locate(&finding.address, &finding.path)) {
        finding.location = location;
    }
    let standard = rules.get(finding.rule.as_ref()).and_then(|rule| rule.pod_security());
    match &mut finding.origin {
        Origin::Manifest(manifest) => {
            manifest.pod_security = standard.map(|standard| standard.level.name());
            manifest.check = standard.map(|standard| standard.check.clone());
        }
        Origin::Plan | Origin::Whole => {}
    }
}

/// Keeps what can still be reported; the rest is an error, so that nothing passes for it.
fn bounded(evaluations: &mut [Evaluation], errors: &mut Vec<Problem>) {
    let mut left = MOST;
    let mut cut = false;
    for evaluation in evaluations {
        cut |= evaluation.raised.len() > left || evaluation.raised.len() >= kubernetes::MOST;
        evaluation.raised.truncate(left);
        left -= evaluation.raised.len();
    }
    if cut {
        errors.push(Problem {
            code: "manifest::too-many".to_owned(),
            message: "too many findings to report".to_owned(),
            help: Some(
                "check the folders one at a time, or fix the most frequent findings first"
                    .to_owned(),
            ),
            file: None,
        });
    }
}

fn problem((file, fault): &(String, Fault)) -> Problem {
    Problem {
        code: fault.code.to_owned(),
        message: fault.to_string(),
        help: Some(fault.help.clone()),
        file: Some(file.clone()),
    }
}

fn nothing(message: &str) -> Problem {
    Problem {
        code: "manifest::nothing".to_owned(),
        message: message.to_owned(),
        help: Some("name a file or folder that contains Kubernetes manifests".to_owned()),
        file: None,
    }
}

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
