//! The gate of Terraform plans.

use std::borrow::Cow;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::plan_input::{Numbers, PlanInput};
use super::policies::{self, Own};
use super::source::{Found, GivenSource};
use super::stages::{Evaluated, Gate, Log, Terms, run};
use super::{covered, guard_coverage, guard_rules, source};
use crate::decide::{self, Chosen, Config, Judged, SingleReference};
use crate::model::finding::Finding;
use crate::model::rule::Meta;
use crate::model::subject::Subject;
use crate::model::verdict::{Counted, Problem, Verdict};
use crate::model::view::Resources;
use crate::rules::{Selected, catalogue, evaluate};
use crate::terraform::{self, Digests, Plan, ReadError};

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
    run(&Plans::new(request)).0
}

/// Judges plans, and tells the digests of what was judged: what a receipt binds the verdict to.
#[must_use]
pub fn plan_for_receipt(request: &PlanRequest<'_>) -> (Verdict, Vec<(String, Digests)>) {
    let (verdict, inputs) = run(&Plans { digest: true, ..Plans::new(request) });
    let digests = inputs.into_iter().filter_map(|input| Some((input.name, input.digests?)));
    (verdict, digests.collect())
}

/// Judges the JSON of a plan by itself: no file is read or written, and no source looked for but the
/// given one. For a server, whose own folder has nothing to do with the plans. `inputs` name it.
#[must_use]
pub fn plan_alone(request: &PlanRequest<'_>, json: Vec<u8>, source: GivenSource) -> Verdict {
    let (given, given_source) = (Cell::new(Some(json)), Cell::new(source));
    run(&Plans { given, given_source, find_source: false, ..Plans::new(request) }).0
}

/// The gate of plans.
struct Plans<'a> {
    request: &'a PlanRequest<'a>,
    /// Rules beside the catalogue: those of the user's policies and those that `[guard]` asks for.
    more_rules: Vec<Meta>,
    /// Whether to take the digests of what is read.
    digest: bool,
    /// The JSON of the only input, until it is read.
    given: Cell<Option<Vec<u8>>>,
    /// The source of the only input, until it is read.
    given_source: Cell<GivenSource>,
    /// Whether to look for the source beside a plan.
    find_source: bool,
}

impl<'a> Plans<'a> {
    fn new(request: &'a PlanRequest<'a>) -> Self {
        let mut more_rules = request.policies.map(Own::metas).unwrap_or_default();
        more_rules.extend(guard_coverage::wanted(request.config));
        Self {
            request,
            more_rules,
            digest: false,
            given: Cell::default(),
            given_source: Cell::default(),
            find_source: true,
        }
    }

    fn read_one(&self, name: &str) -> Result<terraform::Input, ReadError> {
        match self.given.take() {
            Some(json) => Ok(terraform::given(name, json)),
            None => terraform::load(name, self.request.terraform_bin, self.digest),
        }
    }

    fn normalise_one<'r>(&self, input: &'r terraform::Input) -> Result<PlanInput<'r>, Problem> {
        let name = input.name.as_str();
        let read = || {
            let text = input.text()?;
            Ok((text, Plan::read(text, self.request.allow_partial)?))
        };
        let (text, plan) = read().map_err(|error| problem(name, &error))?;
        let trust = self.request.config.gate.single_reference == SingleReference::Trust;
        let plan = plan.trusting_references(trust);
        let found = match self.find_source {
            true => source::find(name, self.request.source)?,
            false => self.given_source.take().open(),
        };
        let plan = match found {
            Found::Nothing => plan,
            Found::Source(source) => plan.with_source(Some(*source)),
            Found::Refused(notice) => plan.with_refused_source(notice),
        };
        Ok(PlanInput { name, text, plan })
    }

    fn evaluate_one<'n>(
        &self,
        input: &'n PlanInput<'_>,
        selected: &[Selected],
        numbers: &Numbers,
        log: &mut Log,
    ) -> Judged<'n> {
        let PlanInput { name, plan, .. } = input;
        let mut judged = Judged {
            file: name,
            subjects: Cow::Borrowed(plan.subjects()),
            evaluation: evaluate::evaluate(plan, selected),
            waived: FxHashMap::default(),
        };
        guard_coverage::ask(&self.request.config.guard, input, numbers, &mut judged, log);
        if let Some(policies) = self.request.policies {
            policies::ask(policies, input, numbers, &mut judged, log);
        }
        log.errors.extend(plan.problems().iter().map(|error| problem(name, error)));
        log.notices.extend(plan.notices());
        if plan.is_partial() {
            log.notices.push(format!(
                "`{name}` contains only part of the changes: only these are checked"
            ));
        }
        judged
    }
}

impl Gate for Plans<'_> {
    type Read = Vec<terraform::Input>;
    type Normal<'r> = Vec<PlanInput<'r>>;

    fn terms(&self) -> Terms<'_> {
        let PlanRequest { inputs, config, today, .. } = *self.request;
        Terms { counted: Counted::Resources, names: inputs, config, known: None, today }
    }

    fn offered(&self) -> Vec<&Meta> {
        catalogue::all().iter().map(|rule| &rule.meta).chain(&self.more_rules).collect()
    }

    fn knows(&self, rule: &str) -> bool {
        catalogue::find(rule).is_some()
            || guard_rules().iter().any(|meta| meta.id == rule)
            || self.request.config.own_rules().contains(&rule)
    }

    fn read(&self, log: &mut Log) -> Self::Read {
        if let Some(policies) = self.request.policies {
            log.notices.extend(policies.policies.notices().iter().cloned());
            log.errors.extend(misnamed(policies, self.request.config));
        }
        let names = self.request.inputs.iter();
        let read = |name: &String| self.read_one(name).map_err(|error| problem(name, &error));
        names.filter_map(|name| log.keep(read(name))).collect()
    }

    fn normalise<'r>(&self, read: &'r Self::Read, log: &mut Log) -> Self::Normal<'r> {
        read.iter().filter_map(|input| log.keep(self.normalise_one(input))).collect()
    }

    fn evaluate<'n>(
        &self,
        normal: &'n Self::Normal<'_>,
        rules: &[Chosen],
        log: &mut Log,
    ) -> Evaluated<'n> {
        let (selected, numbers) = (self.selected(rules), numbers(rules));
        let has_policies = self.request.policies.is_some();
        let mut evaluated = Evaluated { judged: Vec::new(), gaps: Vec::new() };
        for input in normal {
            let judged = self.evaluate_one(input, &selected, &numbers, log);
            evaluated.gaps.extend(covered::gaps(&judged, rules, has_policies, log));
            evaluated.judged.push(judged);
        }
        evaluated
    }

    fn locate(&self, normal: &Self::Normal<'_>, findings: &mut [Finding]) {
        for PlanInput { name, plan, .. } in normal.iter().filter(|input| input.plan.has_source()) {
            let by_address: FxHashMap<&str, &Subject> =
                plan.subjects().iter().map(|s| (s.address.as_str(), s)).collect();
            for finding in findings.iter_mut().filter(|finding| finding.location.file == *name) {
                let subject = by_address.get(finding.address.as_str());
                let found = subject.and_then(|subject| plan.locate(subject, &finding.path));
                if let Some(location) = found {
                    finding.location = location;
                }
            }
        }
    }
}

impl Plans<'_> {
    /// The rules of the catalogue among those that run; the others are asked by their own engines.
    fn selected(&self, rules: &[Chosen]) -> Vec<Selected> {
        let with_rule = |chosen: &Chosen| {
            let rule = catalogue::all().get(chosen.index)?;
            let params = Arc::new(chosen.params.clone());
            let mut waivers = self.request.config.waivers.iter();
            let waived = waivers.any(|waiver| waiver.rule == chosen.meta.id);
            Some(Selected { rule, params, severity: chosen.meta.severity, waived })
        };
        rules.iter().filter_map(with_rule).collect()
    }
}

fn numbers(rules: &[Chosen]) -> Numbers {
    rules.iter().enumerate().map(|(at, rule)| (rule.meta.id.to_string(), at)).collect()
}

/// Names in the configuration that no rule of the policies has. Without policies at hand they are no
/// mistake: the file may serve several runs.
fn misnamed(policies: &Own, config: &Config) -> Vec<Problem> {
    let metas = policies.metas();
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
    config.own_rules().into_iter().filter(|id| !known.contains(id)).map(problem).collect()
}

pub(super) fn problem(name: &str, error: &ReadError) -> Problem {
    Problem {
        code: error.code().to_owned(),
        message: error.to_string(),
        help: Some(error.help().to_owned()),
        file: Some(name.to_owned()),
    }
}
