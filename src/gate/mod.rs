//! The gate: the five stages in order, on one screen.

mod before;
mod coverage;
mod facts;
mod manifests;
mod policies;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use coverage::guard_rules;
pub use manifests::{ManifestsRequest, Paths, manifests, manifests_at_last, own_rules};

use rustc_hash::FxHashMap;

use crate::decide::{self, Chosen, Config, Judged, Waiver};
use crate::model::finding::Finding;
use crate::model::subject::Subject;
use crate::model::verdict::{Counted, Problem, Verdict};
use crate::model::view::Resources;
use crate::receipt::{self, Policy, Settings};
use crate::rules::{Selected, catalogue, evaluate};
pub use crate::terraform::Digests;
use crate::terraform::source::Source;
use crate::terraform::{self, Plan, ReadError};
pub use policies::{Own, WHOLE};

/// What to judge, and how.
pub struct PlanRequest<'a> {
    /// Paths of plans; `-` is standard input.
    pub inputs: &'a [String],
    /// The root module's source; else the plan's folder or the working directory, when it holds
    /// some.
    pub source: Option<&'a Path>,
    /// The program that shows binary plans.
    pub terraform_bin: Option<&'a Path>,
    /// Judge plans that Terraform calls incomplete.
    pub allow_partial: bool,
    /// The configuration.
    pub config: &'a Config,
    /// The user's own policies.
    pub policies: Option<&'a Own>,
    /// Ends waivers.
    pub today: jiff::civil::Date,
}

/// Judges plans. It never fails: problems are in the verdict.
#[must_use]
pub fn plan(request: &PlanRequest<'_>) -> Verdict {
    judge(request, How::default()).0
}

/// Judges plans, and tells the digests of what was judged: what a receipt binds the verdict to.
#[must_use]
pub fn plan_for_receipt(request: &PlanRequest<'_>) -> (Verdict, Vec<(String, Digests)>) {
    judge(request, How { digest: true, ..How::default() })
}

/// Judges the JSON of a plan by itself: no file is read or written, no source is looked for. For a
/// server, whose own folder has nothing to do with the plans. `inputs` name it.
#[must_use]
pub fn plan_alone(request: &PlanRequest<'_>, json: Vec<u8>) -> Verdict {
    judge(request, How { given: Some(json), ..How::default() }).0
}

#[derive(Default)]
struct How {
    /// Tell the digests of what was read.
    digest: bool,
    /// The only input; no source is looked for.
    given: Option<Vec<u8>>,
}

fn judge(request: &PlanRequest<'_>, how: How) -> (Verdict, Vec<(String, Digests)>) {
    let mut own = request.policies.map(Own::metas).unwrap_or_default();
    own.extend(coverage::wanted(request.config));
    let metas = || catalogue::all().iter().map(|rule| &rule.meta).chain(&own);
    let chosen = request.config.choose(metas());
    let selected = selected(&chosen, &request.config.waivers);
    let mut notices = request.config.weakened(metas());
    notices.extend(request.policies.iter().flat_map(|own| own.policies.notices().iter().cloned()));
    let mut errors = misnamed(request);

    // READ
    let mut inputs = Vec::new();
    let alone = how.given.is_some();
    let mut given = how.given;
    for name in request.inputs {
        let read = match given.take() {
            Some(json) => Ok(terraform::given(name, json)),
            None => terraform::load(name, request.terraform_bin, how.digest),
        };
        match read {
            Ok(input) => inputs.push(input),
            Err(error) => errors.push(problem(name, &error)),
        }
    }
    let mut texts = Vec::new();
    for input in &inputs {
        match input.text() {
            Ok(text) => texts.push((input.name.as_str(), text)),
            Err(error) => errors.push(problem(&input.name, &error)),
        }
    }
    // NORMALISE
    let mut plans = Vec::new();
    for (name, text) in &texts {
        match Plan::read(text, request.allow_partial) {
            Ok(plan) if alone => plans.push((*name, text.as_ref(), plan)),
            Ok(plan) => match source(name, request.source) {
                Ok(source) => plans.push((*name, text.as_ref(), plan.with_source(source))),
                Err(error) => errors.push(error),
            },
            Err(error) => errors.push(problem(name, &error)),
        }
    }
    // EVALUATE
    let numbers = numbers(&chosen);
    let mut evaluations = Vec::new();
    for (name, text, plan) in &plans {
        let mut evaluation = evaluate::evaluate(plan, &selected);
        let mut subjects = Cow::Borrowed(plan.subjects());
        let said = coverage::ask(&request.config.guard, name, text, plan, &numbers);
        evaluation.raised.extend(said.evaluation.raised);
        evaluation.checks += said.evaluation.checks;
        if let Some(whole) = said.whole {
            subjects.to_mut().push(whole);
        }
        notices.extend(said.notices);
        errors.extend(said.errors);
        if let Some(own) = request.policies {
            let said = policies::ask(own, name, text, plan, &numbers);
            evaluation.raised.extend(said.evaluation.raised);
            evaluation.checks += said.evaluation.checks;
            // The coverage may have blamed it already.
            if let Some(whole) = said.whole
                && subjects.len() == plan.subjects().len()
            {
                subjects.to_mut().push(whole);
            }
            notices.extend(said.notices);
            errors.extend(said.errors);
        }
        evaluations.push((evaluation, subjects));
        errors.extend(plan.problems().iter().map(|error| problem(name, error)));
        notices.extend(plan.notices());
        if plan.is_partial() {
            notices.push(format!(
                "`{name}` contains only part of the changes: only these are checked"
            ));
        }
    }
    // DECIDE
    let judged: Vec<Judged<'_>> = plans
        .iter()
        .zip(&evaluations)
        .map(|((file, ..), (evaluation, subjects))| Judged {
            file,
            subjects,
            evaluation,
            by_own: request.policies.is_some(),
            waived: None,
        })
        .collect();
    let input = decide::Input {
        counted: Counted::Resources,
        names: request.inputs,
        judged: &judged,
        rules: &chosen,
        known: None,
        elsewhere: about_manifests(request.config),
        notices,
        errors,
    };
    let mut verdict = decide::decide(input, request.config, request.today);
    // What a report needs: where each finding stands.
    plans.iter().for_each(|(name, _, plan)| locate(&mut verdict.findings, name, plan));
    for finding in &mut verdict.findings {
        if verdict.rules.get(finding.rule.as_ref()).is_none_or(|rule| rule.blames_secrets) {
            finding.location.snippet = None;
        }
    }
    drop(plans);
    drop(texts);
    let digests = inputs.into_iter().filter_map(|input| Some((input.name, input.digests?)));
    (verdict, digests.collect())
}

/// What plans are judged by with this configuration; `config_digest` is that of its file.
#[must_use]
pub fn policy(
    config: &Config,
    config_digest: Option<String>,
    allow_partial: bool,
    policies: Option<&Own>,
) -> Policy {
    let metas = catalogue::all().iter().map(|rule| &rule.meta);
    let rules: String = config
        .choose(metas)
        .iter()
        .map(|one| format!("{} {} {:?}\n", one.meta.id, one.meta.severity, one.params))
        .collect();
    let waivers: String = config.waivers.iter().map(|waiver| format!("{waiver:?}\n")).collect();
    Policy {
        holdpoint: env!("CARGO_PKG_VERSION").to_owned(),
        rules: receipt::sha256(&[&catalogue::everything(), rules.as_bytes()].concat()),
        policies: policies.map(Own::digests).unwrap_or_default(),
        config: config_digest,
        waivers: receipt::sha256(waivers.as_bytes()),
        settings: Settings {
            undetermined: config.gate.undetermined.name().to_owned(),
            existing: config.gate.existing.name().to_owned(),
            unjudged: config.gate.unjudged.name().to_owned(),
            fail_on: config.gate.fail_on.to_string(),
            allow_partial,
        },
    }
}

/// SHA-256 of a plan that is about to be applied. Where that of the file is not `known`, a binary
/// plan is shown, since it may be its JSON that was judged.
///
/// # Errors
/// When it cannot be read or shown.
pub fn digest(
    name: &str,
    terraform_bin: Option<&Path>,
    known: impl Fn(&str) -> bool,
) -> Result<String, Problem> {
    let (own, binary) = terraform::digest(name).map_err(|error| problem(name, &error))?;
    if known(&own) || !binary {
        return Ok(own);
    }
    let shown =
        terraform::load(name, terraform_bin, true).map_err(|error| problem(name, &error))?;
    Ok(shown.digests.map_or(own, |digests| digests.json))
}

/// The places of rules among those that run, by id.
fn numbers(chosen: &[Chosen]) -> FxHashMap<String, usize> {
    chosen.iter().enumerate().map(|(at, one)| (one.meta.id.to_string(), at)).collect()
}

/// What the configuration says of policies that are not there. Without any policies at hand it is
/// no mistake: the file may serve several runs.
fn misnamed(request: &PlanRequest<'_>) -> Vec<Problem> {
    let Some(own) = request.policies else { return Vec::new() };
    let metas = own.metas();
    let known: Vec<&str> = metas.iter().map(|meta| meta.id.as_ref()).collect();
    let problem = |id: &str| Problem {
        code: "config::unknown-rule".to_owned(),
        message: format!("the configuration names `{id}`, which is not a rule in your policies"),
        help: Some(match decide::nearest(id, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("rules in your policies: {}", known.join(", ")),
        }),
        file: None,
    };
    let named = request.config.own_rules();
    named.into_iter().filter(|id| !known.contains(id)).map(problem).collect()
}

/// Rules that waivers name and no plan is asked about: those of manifests.
fn about_manifests(config: &Config) -> Vec<String> {
    let guard = guard_rules();
    let here = |id: &str| {
        catalogue::find(id).is_some()
            || guard.iter().any(|meta| meta.id == id)
            || config.own_rules().contains(&id)
    };
    let named = config.waivers.iter().map(|waiver| &waiver.rule);
    named.filter(|id| !here(id)).cloned().collect()
}

fn selected(chosen: &[Chosen], waivers: &[Waiver]) -> Vec<Selected> {
    let with_rule = |one: &Chosen| {
        let rule = catalogue::all().get(one.index)?;
        let params = Arc::new(one.params.clone());
        let waived = waivers.iter().any(|waiver| waiver.rule == one.meta.id);
        Some(Selected { rule, params, severity: one.meta.severity, waived })
    };
    chosen.iter().filter_map(with_rule).collect()
}

/// The source of a plan: the folder that the user names, else one that holds some.
fn source(plan: &str, named: Option<&Path>) -> Result<Option<Source>, Problem> {
    let (folder, required) = match (named, Path::new(plan).parent()) {
        (Some(folder), _) => (folder.to_owned(), true),
        (None, Some(folder)) if plan != "-" && holds_source(folder) => (folder.to_owned(), false),
        (None, _) => (PathBuf::from("."), false),
    };
    let shown = relative(&folder).display().to_string().replace('\\', "/");
    let at = if folder.as_os_str().is_empty() { Path::new(".") } else { folder.as_path() };
    match Source::open(at, &shown) {
        Ok(None) if required => Err(Problem {
            code: "source::none".to_owned(),
            message: format!("the source folder `{shown}` contains no `.tf` or `.tf.json` files"),
            help: Some("name the folder of the root module with `--source`".to_owned()),
            file: Some(shown),
        }),
        Ok(source) => Ok(source),
        // A folder that nobody asked for is no error.
        Err(_) if !required => Ok(None),
        Err(error) => Err(Problem {
            code: "source::unreadable".to_owned(),
            message: error.to_string(),
            help: Some("name the folder of the root module with `--source`".to_owned()),
            file: Some(shown),
        }),
    }
}

/// As it is printed: the same on every machine where it can be.
fn relative(folder: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| Some(folder.strip_prefix(here).ok()?.to_owned()));
    below.unwrap_or_else(|| folder.to_owned())
}

fn holds_source(folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    matches!(Source::open(folder, ""), Ok(Some(_)))
}

fn locate(findings: &mut [Finding], name: &str, plan: &Plan<'_>) {
    if !plan.has_source() {
        return;
    }
    let by_address: FxHashMap<&str, &Subject> =
        plan.subjects().iter().map(|subject| (subject.address.as_str(), subject)).collect();
    for finding in findings.iter_mut().filter(|finding| finding.location.file == name) {
        let subject = by_address.get(finding.address.as_str());
        let found = subject.and_then(|subject| plan.locate(subject, &finding.path));
        if let Some(location) = found {
            finding.location = location;
        }
    }
}

fn problem(name: &str, error: &ReadError) -> Problem {
    Problem {
        code: error.code().to_owned(),
        message: error.to_string(),
        help: Some(error.help().to_owned()),
        file: Some(name.to_owned()),
    }
}
