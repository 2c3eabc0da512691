//! `declare_rule!`: a Rust rule's metadata, taken from its doc comment.

use std::borrow::Cow;

use super::{Answers, Check, Rule, Transition};
use crate::model::rule::{Meta, ParamSpec, Text};
use crate::model::severity::Severity;
use crate::model::view::View;

/// What `declare_rule!` collects; [`Declared::build`] makes the [`Rule`].
pub struct Declared {
    /// See [`Meta::id`].
    pub id: &'static str,
    /// See [`Meta::severity`].
    pub severity: Severity,
    /// See [`Meta::service`].
    pub service: &'static str,
    /// See [`Meta::types`].
    pub types: Types,
    /// Framework names and their control ids.
    pub frameworks: &'static [(&'static str, &'static [&'static str])],
    /// See [`Meta::params`].
    pub params: &'static [ParamSpec],
    /// See [`Meta::yields_to`].
    pub yields_to: &'static [&'static str],
    /// See [`Meta::on_by_default`].
    pub on_by_default: bool,
    /// See [`Meta::blames_secrets`].
    pub blames_secrets: bool,
    /// See [`Meta::covers`].
    pub covers: bool,
    /// See [`Meta::holds_narrower`].
    pub holds_narrower: bool,
    /// The doc comment: the title, then `# What it checks`, `# Why`, `# How to fix`, `# References`.
    pub doc: &'static str,
    /// How it judges.
    pub check: Judge,
}

/// The types of a Rust rule.
pub enum Types {
    /// These.
    These(&'static [&'static str]),
    /// Those that are known of clouds; see [`clouds`](crate::clouds).
    Known(fn() -> Vec<&'static str>),
}

impl Types {
    /// All of them.
    #[must_use]
    pub fn list(&self) -> Cow<'static, [&'static str]> {
        match self {
            Self::These(types) => Cow::Borrowed(types),
            Self::Known(types) => Cow::Owned(types()),
        }
    }
}

/// How a Rust rule judges: the two forms of [`Check`] that are functions.
pub enum Judge {
    /// See [`Check::State`].
    State(fn(&View<'_>, &mut Answers)),
    /// See [`Check::Change`].
    Change(fn(&Transition<'_>, &mut Answers)),
}

/// The headings of a doc comment.
const HEADINGS: [&str; 4] = ["What it checks", "Why", "How to fix", "References"];

impl Declared {
    /// The texts under [`HEADINGS`]. Read in one pass: every start of the program reads all rules.
    fn sections(&self) -> [String; HEADINGS.len()] {
        let mut sections = HEADINGS.map(|_| String::new());
        let mut here = None;
        let mut code = false;
        for line in self.doc.lines() {
            let line = line.strip_prefix(' ').unwrap_or(line);
            code ^= line.starts_with("```");
            match line.strip_prefix("# ") {
                Some(own) if !code => {
                    here = HEADINGS.iter().position(|heading| *heading == own.trim());
                }
                _ => {
                    if let Some(text) = here.and_then(|at| sections.get_mut(at)) {
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
        }
        for text in &mut sections {
            text.truncate(text.trim_end().len());
            text.drain(..text.len() - text.trim_start().len());
        }
        sections
    }

    /// The rule. A heading that the doc comment lacks is an empty text; a test refuses those.
    #[must_use]
    pub fn build(&self) -> Rule {
        let [what, why, fix, references] = self.sections();
        let references = references
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- "))
            .map(|line| Text::Owned(line.trim_matches(['<', '>']).to_owned()))
            .collect::<Vec<_>>();
        let frameworks = self
            .frameworks
            .iter()
            .map(|(name, controls)| {
                let controls = controls.iter().map(|c| Text::Borrowed(c)).collect::<Vec<_>>();
                (Text::Borrowed(*name), Cow::Owned(controls))
            })
            .collect::<Vec<_>>();
        Rule {
            meta: Meta {
                id: Text::Borrowed(self.id),
                title: Text::Owned(self.doc.lines().next().unwrap_or_default().trim().to_owned()),
                severity: self.severity,
                service: Text::Borrowed(self.service),
                types: Cow::Owned(self.types.list().iter().map(|t| Text::Borrowed(*t)).collect()),
                what: Text::Owned(what),
                why: Text::Owned(why),
                fix: Text::Owned(fix),
                references: Cow::Owned(references),
                frameworks: Cow::Owned(frameworks),
                on_by_default: self.on_by_default,
                yields_to: Cow::Owned(self.yields_to.iter().map(|t| Text::Borrowed(t)).collect()),
                params: Cow::Borrowed(self.params),
                blames_secrets: self.blames_secrets,
                covers: self.covers,
                holds_narrower: self.holds_narrower,
            },
            check: match self.check {
                Judge::State(check) => Check::State(check),
                Judge::Change(check) => Check::Change(check),
            },
        }
    }
}

/// Declares the rule of a file as `pub static RULE`.
///
/// ```text
/// declare_rule! {
///     /// SSH or RDP is open to the internet
///     ///
///     /// # What it checks
///     /// ...
///     /// # Why
///     /// ...
///     /// # How to fix
///     /// ...
///     /// # References
///     /// - <https://...>
///     id: "security-group-admin-port-open",
///     severity: Critical,
///     service: "EC2",
///     types: ["aws_security_group"],
///     frameworks: [("CIS AWS Foundations 3.0.0", ["5.2", "5.3"])],
///     params: [],
///     check: State(check),
/// }
/// ```
/// `types` may be the name of a constant, for lists that several rules share, or a function in
/// braces, for types that are known of clouds.
/// `yields_to: ["other-rule"],` names rules that say it better, see
/// [`Meta::yields_to`](crate::model::rule::Meta::yields_to); `default: off,` before `check` makes it a rule that the configuration must ask for.
/// `blames: secrets,` keeps the source out of its reports, see
/// [`Meta::blames_secrets`](crate::model::rule::Meta::blames_secrets); `covers: nothing,` says that a
/// type does not count as evaluated because this rule claims it, see
/// [`Meta::covers`](crate::model::rule::Meta::covers); `holds: narrower,` says that
/// whoever waives it waives all of the rules that yield to it, see
/// [`Meta::holds_narrower`](crate::model::rule::Meta::holds_narrower).
macro_rules! declare_rule {
    (
        $(#[doc = $doc:literal])+
        id: $id:literal,
        severity: $severity:ident,
        service: $service:literal,
        types: $types:tt,
        frameworks: [$(($framework:literal, [$($control:literal),* $(,)?])),* $(,)?],
        params: [$($param:expr),* $(,)?],
        $(yields_to: [$($above:literal),* $(,)?],)?
        $(default: $off:ident,)?
        $(blames: $secrets:ident,)?
        $(covers: $nothing:ident,)?
        $(holds: $narrower:ident,)?
        check: $form:ident($check:path) $(,)?
    ) => {
        $(#[doc = $doc])+
        pub static RULE: $crate::rules::declare::Declared = $crate::rules::declare::Declared {
            id: $id,
            severity: $crate::model::severity::Severity::$severity,
            service: $service,
            types: declare_rule!(@types $types),
            frameworks: &[$(($framework, &[$($control),*])),*],
            params: &[$($param),*],
            yields_to: &[$($($above),*)?],
            on_by_default: true $(&& declare_rule!(@$off))?,
            blames_secrets: false $(|| declare_rule!(@$secrets))?,
            covers: true $(&& declare_rule!(@$nothing))?,
            holds_narrower: false $(|| declare_rule!(@$narrower))?,
            doc: concat!($($doc, "\n"),+),
            check: $crate::rules::declare::Judge::$form($check),
        };
    };
    (@types [$($kind:literal),* $(,)?]) => {
        $crate::rules::declare::Types::These(&[$($kind),*])
    };
    (@types { $known:path }) => { $crate::rules::declare::Types::Known($known) };
    (@types $constant:ident) => { $crate::rules::declare::Types::These(&$constant) };
    (@off) => { false };
    (@secrets) => { true };
    (@nothing) => { false };
    (@narrower) => { true };
}
