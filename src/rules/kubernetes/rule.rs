//! A rule file, checked and compiled.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use cel::common::ast::IdedExpr;
use cel::{Env, extensions};

use super::image;
use super::language::{Blame, Document, Level, PodSecurity, Scope};
use super::matches;
use super::path::{Step, path};
use super::subset::{self, Uses};
use crate::model::rule::{Meta, Text};

/// A rule about Kubernetes objects.
pub struct KubernetesRule {
    /// Name, severity, documentation.
    pub meta: Meta,
    /// The file.
    pub document: Document,
    pub(crate) since: u32,
    pub(crate) until: u32,
    pub(crate) each: Vec<Vec<Step>>,
    pub(crate) kinds: Vec<Kind>,
    pub(super) expression: IdedExpr,
    pub(super) blame: Vec<(Vec<Step>, Option<IdedExpr>)>,
    pub(super) detail: Option<IdedExpr>,
    /// Whether it asks what other objects tell.
    pub(crate) looks_around: bool,
}

/// A kind, with its group where the file names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) group: Option<String>,
    pub(crate) kind: String,
}

/// The functions and macros that expressions have.
#[expect(clippy::expect_used, reason = "the names are constants, and each is declared once")]
pub(super) fn env() -> Arc<Env> {
    static ENV: OnceLock<Arc<Env>> = OnceLock::new();
    Arc::clone(ENV.get_or_init(|| {
        let mut env = Env::stdlib();
        env.add_extension(extensions::strings).expect("the strings library declares itself");
        matches::declare(&mut env).expect("no function has that name");
        image::declare(&mut env).expect("each function is declared once");
        Arc::new(env)
    }))
}

impl KubernetesRule {
    /// Checks and compiles a rule file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(document: Document) -> Result<Self, String> {
        check_texts(&document)?;
        let program =
            |what: &str, text: &str| compile(text).map_err(|why| format!("`{what}`: {why}"));
        let (expression, uses) = program("expression", &document.expression)?;
        let admission = document.admission.as_deref().map(|text| program("admission", text));
        match admission.transpose()? {
            Some((_, lacking)) if lacking != Uses::default() => {
                return Err("`admission` uses something that only holdpoint supports".to_owned());
            }
            None if uses.own => {
                return Err("`expression` uses a function that only holdpoint supports: write an \
                            equivalent without it as `admission`"
                    .to_owned());
            }
            _ => {}
        }
        let blame = match &document.blame {
            Blame::Field(field) => vec![(path(field)?, None)],
            Blame::Cases(cases) => {
                let mut list = Vec::new();
                for case in cases {
                    let when =
                        case.when.as_deref().map(|text| program("blame", text)).transpose()?;
                    list.push((path(&case.field)?, when.map(|(program, _)| program)));
                }
                list
            }
        };
        if blame.iter().any(|(path, _)| path.contains(&Step::Every)) {
            return Err("`blame` must name one field, not every element of a list".to_owned());
        }
        let each = document.each.as_ref().map_or(&[][..], |each| each.list());
        let each: Vec<Vec<Step>> = each.iter().map(|text| path(text)).collect::<Result<_, _>>()?;
        let detail = document.detail.as_deref().map(|text| program("detail", text)).transpose()?;
        let kinds = document.kinds.iter().map(|text| match text.rsplit_once('/') {
            Some((group, kind)) => {
                // The core group has no name.
                let group = if group == "core" { "" } else { group };
                Kind { group: Some(group.to_owned()), kind: kind.to_owned() }
            }
            None => Kind { group: None, kind: text.clone() },
        });
        let scopes = document.scope.list();
        if scopes.is_empty() {
            return Err("`scope` is empty".to_owned());
        }
        if scopes.contains(&Scope::Object) && document.kinds.is_empty() {
            return Err("`scope: object` needs `kinds`".to_owned());
        }
        Ok(Self {
            since: document.since.as_deref().map_or(Ok(0), minor)?,
            until: document.until.as_deref().map_or(Ok(u32::MAX), minor)?,
            each,
            kinds: kinds.collect(),
            expression,
            blame,
            detail: detail.map(|(program, _)| program),
            looks_around: uses.around,
            meta: meta(&document),
            document,
        })
    }

    /// Its place in the Pod Security Standards.
    #[must_use]
    pub fn pod_security(&self) -> Option<&PodSecurity> {
        self.document.pod_security.as_ref()
    }
}

fn compile(text: &str) -> Result<(IdedExpr, Uses), String> {
    if text.len() > 8192 {
        return Err("longer than 8,192 characters".to_owned());
    }
    let program = env().compile(text).map_err(|error| error.to_string().replace('\n', "; "))?;
    let mut expression = program.expression().clone();
    let uses = subset::check(&expression)?;
    matches::keep(&mut expression);
    Ok((expression, uses))
}

/// `1.34` as 34.
pub(super) fn minor(text: &str) -> Result<u32, String> {
    let number = text.strip_prefix("1.").and_then(|minor| minor.parse().ok());
    number.ok_or_else(|| format!("`{text}` is not a Kubernetes version such as `1.34`"))
}

/// The kinds whose pods are judged, for the documentation.
pub const POD_KINDS: [&str; 9] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

fn meta(document: &Document) -> Meta {
    let owned = |text: &String| Text::Owned(text.clone());
    let types: Vec<Text> = if document.kinds.is_empty() {
        POD_KINDS.iter().map(|kind| Text::Borrowed(*kind)).collect()
    } else {
        let kind = |text: &String| text.rsplit('/').next().unwrap_or_default().to_owned();
        document.kinds.iter().map(|text| Text::Owned(kind(text))).collect()
    };
    let standards: Vec<(Text, Cow<'static, [Text]>)> = document
        .pod_security
        .iter()
        .map(|own| {
            let since = document.since.as_deref().map(|v| format!(", since v{v}"));
            let until = document.until.as_deref().map(|v| format!(", until v{v}"));
            let control = format!(
                "{}, `{}`{}{}",
                own.level.name(),
                own.check,
                since.unwrap_or_default(),
                until.unwrap_or_default()
            );
            let name = Text::Borrowed("Kubernetes Pod Security Standards");
            (name, Cow::Owned(vec![Text::Owned(control)]))
        })
        .collect();
    Meta {
        id: owned(&document.id),
        title: owned(&document.title),
        severity: document.severity,
        service: owned(&document.service),
        types: Cow::Owned(types),
        what: owned(&document.what),
        why: owned(&document.why),
        fix: owned(&document.fix),
        references: Cow::Owned(document.references.iter().map(owned).collect()),
        frameworks: Cow::Owned(standards),
        on_by_default: document.on_by_default,
        yields_to: Cow::Borrowed(&[]),
        params: Cow::Owned(document.params.clone()),
        blames_secrets: document.blames_secrets,
        covers: true,
        holds_narrower: false,
    }
}

fn check_texts(document: &Document) -> Result<(), String> {
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if document.id.is_empty() || !document.id.chars().all(kebab) {
        return Err(format!("the id `{}` is not kebab-case", document.id));
    }
    for (name, text) in [
        ("title", &document.title),
        ("service", &document.service),
        ("what", &document.what),
        ("why", &document.why),
        ("fix", &document.fix),
        ("message", &document.message),
    ] {
        if text.trim().is_empty() {
            return Err(format!("`{name}` is empty"));
        }
    }
    for (name, text) in [("title", &document.title), ("message", &document.message)] {
        if text.contains('\n') || text.ends_with('.') {
            return Err(format!("`{name}` must be one line without a full stop"));
        }
    }
    Ok(())
}

/// Whether a rule counts at a level of the Pod Security Standards, for a version of Kubernetes.
/// Rules outside the standards count at every level.
pub(super) fn counts(rule: &KubernetesRule, level: Level, minor: u32) -> bool {
    (rule.since..=rule.until).contains(&minor)
        && rule.pod_security().is_none_or(|own| own.level <= level)
}
