//! The gate of Kubernetes manifests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::inline_waivers::{waived, waivers};
use super::stages::{Evaluated, Gate, Log, Terms, run};
use crate::decide::{Chosen, Config, Extent, Gap, Judged};
pub use crate::manifest::Paths;
use crate::manifest::{Fault, File, Manifests};
use crate::model::finding::{Finding, Origin, Outcome};
use crate::model::raised::Evaluation;
use crate::model::rule::Meta;
use crate::model::verdict::{Counted, Problem, Verdict};
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
    run(&Objects::new(request)).0
}

/// The same for a program that ends with it: what was read is left to the system, which takes it
/// back at once, where dropping thousands of trees value by value costs a tenth of the whole.
#[must_use]
pub fn manifests_at_last(request: &ManifestsRequest<'_>) -> Verdict {
    let (verdict, manifests) = run(&Objects::new(request));
    std::mem::forget(manifests);
    verdict
}

/// The gate of manifests.
struct Objects<'a> {
    request: &'a ManifestsRequest<'a>,
    /// All rules there are.
    rules: Vec<&'a KubernetesRule>,
    /// Where each of them counts at the level of the Pod Security Standards that is asked for.
    counting: Vec<Counts>,
}

impl<'a> Objects<'a> {
    fn new(request: &'a ManifestsRequest<'a>) -> Self {
        let rules: Vec<&KubernetesRule> = kubernetes::rules().iter().chain(request.rules).collect();
        let counting = request.pod_security.counting(&rules);
        Self { request, rules, counting }
    }

    fn counts(&self, rule: &Chosen) -> Counts {
        self.counting.get(rule.index).copied().unwrap_or(Counts::Nowhere)
    }

    fn selected(&self, chosen: &Chosen) -> Option<Selected<'_>> {
        let rule = self.rules.get(chosen.index)?;
        let params = Arc::new(chosen.params.clone());
        Some(Selected { rule, params, loose_only: self.counts(chosen) == Counts::Loose })
    }
}

/// Objects, file by file, and how they refer to one another.
struct Related<'r> {
    manifests: &'r Manifests,
    world: World<'r>,
}

impl Gate for Objects<'_> {
    type Read = Manifests;
    type Normal<'r> = Related<'r>;

    fn terms(&self) -> Terms<'_> {
        let ManifestsRequest { paths, known, config, today, .. } = self.request;
        let (names, today) = (paths.paths, *today);
        Terms { counted: Counted::Objects, names, config, known: *known, today }
    }

    fn offered(&self) -> Vec<&Meta> {
        self.rules.iter().map(|rule| &rule.meta).collect()
    }

    fn knows(&self, rule: &str) -> bool {
        self.rules.iter().any(|known| known.meta.id == rule)
    }

    fn read(&self, log: &mut Log) -> Self::Read {
        let level = self.request.pod_security;
        let configured = self.request.config.manifests.pod_security.is_some();
        if configured && level != PodSecurity::default() {
            log.notices.push(format!("checked at level `{level}`, as configured"));
        }
        let manifests = Manifests::read(&self.request.paths);
        log.notices.extend(manifests.notices.iter().cloned());
        log.errors.extend(manifests.faults.iter().map(problem));
        if manifests.objects() == 0 && log.errors.is_empty() {
            log.errors.push(nothing("no Kubernetes manifest was found, so nothing was checked"));
        }
        manifests
    }

    fn normalise<'r>(&self, read: &'r Self::Read, _log: &mut Log) -> Self::Normal<'r> {
        let objects = read.files.iter().flat_map(|file| &file.objects);
        Related { manifests: read, world: World::new(objects) }
    }

    fn applies(&self, rule: &Chosen, normal: &Self::Normal<'_>) -> bool {
        match self.counts(rule) {
            Counts::Nowhere => false,
            Counts::Loose => normal.manifests.has_loose_pods(),
            Counts::Everywhere => true,
        }
    }

    fn evaluate<'n>(
        &self,
        normal: &'n Self::Normal<'_>,
        rules: &[Chosen],
        log: &mut Log,
    ) -> Evaluated<'n> {
        let Related { manifests, world } = normal;
        let minor = self.request.pod_security.minor;
        let selected: Vec<Selected<'_>> =
            rules.iter().filter_map(|rule| self.selected(rule)).collect();
        let evaluate = |file: &File| kubernetes::evaluate(&file.objects, &selected, world, minor);
        let mut evaluations: Vec<Evaluation> = manifests.files.par_iter().map(evaluate).collect();
        bounded(&mut evaluations, &mut log.errors);

        let ids: Vec<&str> = self.rules.iter().map(|rule| rule.meta.id.as_ref()).collect();
        let ManifestsRequest { config, today, .. } = self.request;
        let allowed = waivers(manifests, config, *today, &ids, &mut log.notices);
        let files = manifests.files.iter().zip(evaluations).zip(allowed);
        let judged: Vec<Judged<'_>> = files
            .map(|((file, evaluation), allowed)| Judged {
                file: &file.name,
                subjects: Cow::Owned(file.subjects()),
                waived: waived(file, &evaluation, rules, allowed, &mut log.notices),
                evaluation,
            })
            .collect();
        let gaps = match log.errors.is_empty() {
            true => gap(&judged).into_iter().collect(),
            false => Vec::new(),
        };
        Evaluated { judged, gaps }
    }

    fn locate(&self, normal: &Self::Normal<'_>, findings: &mut [Finding]) {
        let files = &normal.manifests.files;
        let by_id: FxHashMap<&str, &KubernetesRule> =
            self.rules.iter().map(|rule| (rule.meta.id.as_ref(), *rule)).collect();
        for finding in findings {
            let file = files.binary_search_by(|file| file.name.cmp(&finding.location.file));
            let file = file.ok().and_then(|at| files.get(at));
            let found = file.and_then(|file| file.locate(&finding.address, &finding.path));
            if let Some((_, location)) = found {
                finding.location = location;
            }
            let rule = by_id.get(finding.rule.as_ref());
            let standard = rule.and_then(|rule| rule.pod_security());
            match &mut finding.origin {
                Origin::Manifest(manifest) => {
                    manifest.pod_security = standard.map(|standard| standard.level.name());
                    manifest.check = standard.map(|standard| standard.check.clone());
                }
                Origin::Plan | Origin::Whole => {}
            }
        }
    }
}

/// That no rule had anything to ask of any object.
fn gap(judged: &[Judged<'_>]) -> Option<Gap> {
    let checks: usize = judged.iter().map(|one| one.evaluation.checks).sum();
    let objects: usize = judged.iter().map(|one| one.subjects.len()).sum();
    (checks == 0).then(|| Gap {
        file: None,
        provider: None,
        extent: Extent::Whole,
        message: format!("no rule covers any of the {objects} objects"),
        help: "write rules for them and name their folder with `--rules`, or accept this with \
               `unjudged = \"report\"` under `[gate]`"
            .to_owned(),
    })
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
