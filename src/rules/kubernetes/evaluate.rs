//! Asks the rules about every object that they claim.

use std::collections::HashSet;
use std::sync::Arc;

use cel::common::ast::IdedExpr;
use cel::common::types::{CelBool, CelString};
use cel::{Context, Value};

use super::language::{Level, PodSecurity, Scope};
use super::path::Step;
use super::rule::{KubernetesRule, env};
use super::scene::{It, PodScene, Scene};
use super::walk::{self, Misshapen, PodPlace};
use super::world::World;
use crate::model::finding::{Answer, Change, Outcome};
use crate::model::node::{Node, push_key};
use crate::model::object::Object;
use crate::model::raised::{Evaluation, Raised, stem};
use crate::model::rule::Params;
use crate::model::subject::SubjectId;

/// A rule as the configuration wants it to run.
#[derive(Clone)]
pub struct Selected<'r> {
    /// The rule.
    pub rule: &'r KubernetesRule,
    /// Its parameters, defaults filled in.
    pub params: Arc<Params>,
    /// Whether it is only asked about settings without a whole pod around them: another rule stands
    /// for it elsewhere.
    pub loose_only: bool,
}

/// How many answers are kept of one list of objects; whoever finds as many must not pass.
pub const MOST: usize = 50_000;

/// Asks every selected rule about every object that it claims; a subject's id is the position of
/// the object. `world` holds
/// them all, also those of other files; `minor` is the version of Kubernetes.
#[must_use]
pub fn evaluate(
    objects: &[Object],
    selected: &[Selected<'_>],
    world: &World<'_>,
    minor: u32,
) -> Evaluation {
    let root = Context::with_env(env());
    let mut evaluation = Evaluation::default();
    for (i, object) in objects.iter().enumerate() {
        let Ok(id) = u32::try_from(i) else { break };
        if evaluation.raised.len() >= MOST {
            break;
        }
        let pods = walk::pods(object);
        for (number, one) in selected.iter().enumerate() {
            let mut pods: Vec<&PodPlace<'_>> =
                pods.iter().filter(|pod| one.is_about(pod)).collect();
            // What is asked of a whole pod need not be asked of its settings.
            pods.sort_by_key(|pod| pod.pod.loose);
            if !claims(one.rule, object, !pods.is_empty()) {
                continue;
            }
            evaluation.checks += 1;
            let (answers, given) = (Vec::new(), HashSet::new());
            let mut asked =
                Asked { one, object, world, minor, root: &root, loose: false, answers, given };
            for scope in one.rule.document.scope.list() {
                asked.scope(*scope, &pods);
            }
            evaluation.raised.extend(asked.answers.into_iter().map(|answer| Raised {
                rule: number,
                subject: SubjectId(id),
                change: Change::Introduced,
                answer,
            }));
        }
    }
    evaluation
}

impl Selected<'_> {
    /// Where there is no whole pod only the baseline is asked: it forbids what is written, and
    /// demands nothing.
    fn is_about(&self, pod: &PodPlace<'_>) -> bool {
        let baseline = |own: &PodSecurity| own.level == Level::Baseline;
        match pod.pod.loose {
            true => self.rule.pod_security().is_some_and(baseline),
            false => !self.loose_only,
        }
    }
}

fn claims(rule: &KubernetesRule, object: &Object, has_pods: bool) -> bool {
    if rule.kinds.is_empty() {
        return has_pods;
    }
    rule.kinds.iter().any(|own| {
        (own.kind == object.kind || own.kind == "*")
            && own.group.as_ref().is_none_or(|group| group == object.group())
    })
}

/// One rule, asked about one object.
struct Asked<'a, 'r> {
    one: &'a Selected<'r>,
    object: &'a Object,
    world: &'a World<'a>,
    minor: u32,
    root: &'a Context<'static, 'static>,
    /// Whether the pod that is asked about is no whole one.
    loose: bool,
    answers: Vec<Answer>,
    /// Where there is an answer already: a setting without a whole pod around it may be a pod's or a
    /// container's, and is one offence.
    given: HashSet<(String, Outcome)>,
}

impl<'a> Asked<'a, '_> {
    fn scope(&mut self, scope: Scope, pods: &[&PodPlace<'a>]) {
        if scope == Scope::Object {
            let scene = self.scene(None, None);
            return self.each(&scene, &self.object.root, "", None);
        }
        for pod in pods {
            self.loose = pod.pod.loose;
            match scope {
                Scope::Object => {}
                Scope::Pod => {
                    let scene = self.scene(Some(pod), None);
                    self.each(&scene, pod.spec, &pod.pod.spec, None);
                }
                Scope::PodAnnotation => self.annotations(pod),
                Scope::Container | Scope::MainContainer => {
                    for own in &pod.containers {
                        if own.main || scope == Scope::Container {
                            let scene = self.scene(Some(pod), Some(own.node));
                            self.each(&scene, own.node, &own.path, own.name());
                        }
                    }
                }
            }
        }
    }

    fn scene(&self, pod: Option<&PodPlace<'a>>, container: Option<&'a Node>) -> Scene<'a> {
        Scene {
            object: self.object,
            world: Some(self.world),
            pod: pod.map(|pod| PodScene { spec: pod.spec, metadata: pod.metadata }),
            container,
            it: None,
            minor: self.minor,
            params: &self.one.params,
        }
    }

    fn annotations(&mut self, pod: &PodPlace<'a>) {
        let Some(annotations) = pod.metadata.and_then(|node| node.get("annotations")) else {
            return;
        };
        for entry in annotations.entries() {
            let mut path = format!("{}.annotations", pod.pod.metadata);
            push_key(&mut path, &entry.key);
            let scene = Scene { it: Some(It::Key(&entry.key)), ..self.scene(Some(pod), None) };
            self.ask(&scene, &entry.value, &path, None);
        }
    }

    /// Asks about each value that the rule's paths lead to, or about the node itself.
    fn each(&mut self, scene: &Scene<'a>, node: &'a Node, path: &str, container: Option<&str>) {
        let rule = self.one.rule;
        if rule.each.is_empty() {
            return self.ask(scene, node, path, container);
        }
        let mut path = path.to_owned();
        for steps in &rule.each {
            let mut found = |found: Result<&'a Node, Misshapen<'a>>, path: &str| match found {
                Ok(node) => {
                    let scene = Scene { it: Some(It::Node(node)), ..self.again(scene) };
                    self.ask(&scene, node, path, container);
                }
                Err(Misshapen(node)) => self.undetermined(node, path, container),
            };
            walk::each(node, steps, &mut path, &mut found);
        }
    }

    fn again(&self, scene: &Scene<'a>) -> Scene<'a> {
        Scene { pod: scene.pod, container: scene.container, ..self.scene(None, None) }
    }

    fn ask(&mut self, scene: &Scene<'_>, node: &Node, path: &str, container: Option<&str>) {
        let rule = self.one.rule;
        let mut context = self.root.new_inner_scope();
        context.set_variable_resolver(scene);
        match truth(&rule.expression, &context) {
            Some(true) => {}
            Some(false) => {
                let mut place = path.to_owned();
                let blamed = rule.blame.iter().find(|(_, when)| {
                    when.as_ref().is_none_or(|when| truth(when, &context) == Some(true))
                });
                for step in blamed.map_or(&[][..], |(steps, _)| steps) {
                    if let Step::Key(key) = step {
                        push_key(&mut place, key);
                    }
                }
                let detail = rule.detail.as_ref().and_then(|detail| text(detail, &context));
                self.answer(Outcome::Violated, place, detail, None, container);
            }
            None => self.undetermined(node, path, container),
        }
    }

    fn undetermined(&mut self, node: &Node, path: &str, container: Option<&str>) {
        // What has the name of a pod's setting in an unknown kind may be something else: where it
        // cannot hold what the rule blames it changes no answer.
        if self.loose && !self.may_hold_blamed(node) {
            return;
        }
        let why = "a value there does not have the type that its API requires".to_owned();
        self.answer(Outcome::Undetermined, path.to_owned(), None, Some(why), container);
    }

    fn may_hold_blamed(&self, node: &Node) -> bool {
        let key = |steps: &'a Vec<Step>| match steps.last() {
            Some(Step::Key(key)) => Some(key.as_str()),
            _ => None,
        };
        let blamed: Vec<&str> =
            self.one.rule.blame.iter().filter_map(|(steps, _)| key(steps)).collect();
        walk::may_hold(node, &blamed)
    }

    fn answer(
        &mut self,
        outcome: Outcome,
        path: String,
        detail: Option<String>,
        reason: Option<String>,
        container: Option<&str>,
    ) {
        if !self.given.insert((path.clone(), outcome)) && self.loose {
            return;
        }
        let message = self.one.rule.document.message.clone();
        let key = format!("{} {} {message}", container.unwrap_or_default(), stem(&path));
        let container = container.map(str::to_owned);
        self.answers.push(Answer {
            outcome,
            path,
            message,
            detail,
            reason,
            place: None,
            key,
            container,
        });
    }
}

/// The answer of an expression; `None` when it has none, or none that is true or false.
fn truth(expression: &IdedExpr, context: &Context<'_, '_>) -> Option<bool> {
    let value = Value::resolve_val(expression, context).ok()?;
    value.downcast_ref::<CelBool>().map(|flag| *flag.inner())
}

fn text(expression: &IdedExpr, context: &Context<'_, '_>) -> Option<String> {
    let value = Value::resolve_val(expression, context).ok()?;
    let text = value.downcast_ref::<CelString<'_>>().map(|text| text.inner().to_owned())?;
    (!text.is_empty()).then_some(text)
}

/// What an expression about a whole object answers; `None` when it has no answer.
///
/// # Errors
/// When the expression is no CEL.
pub(crate) fn holds(expression: &str, object: &Object) -> Result<Option<bool>, String> {
    let program = env().compile(expression).map_err(|error| error.to_string())?;
    let params = Params::default();
    let scene = Scene {
        object,
        world: None,
        pod: None,
        container: None,
        it: None,
        minor: 0,
        params: &params,
    };
    let mut context = Context::with_env(env());
    context.set_variable_resolver(&scene);
    let value = Value::resolve_val(program.expression(), &context).ok();
    Ok(value.and_then(|value| value.downcast_ref::<CelBool>().map(|flag| *flag.inner())))
}
