//! The published ways of privilege escalation, read from `catalogue/escalation-paths.tsv`.

use std::sync::OnceLock;

use super::resource::Kinds;

/// The table; its comment says what the fields are and which catalogues they come from.
const TABLE: &str = include_str!("../../catalogue/escalation-paths.tsv");

/// How few steps are left to administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Another identity, or a service with a role, carries out the step.
    Path,
    /// The call itself decides who is administrator.
    Direct,
}

/// Actions of which one is enough.
#[derive(Debug)]
pub struct Step {
    /// The actions.
    pub actions: Vec<&'static str>,
    /// The types of resources all of which it must be allowed on; `None` when any resource will do.
    pub on: Option<Vec<Kinds>>,
}

/// A way to escalate: the steps that it needs together.
#[derive(Debug)]
pub struct Method {
    /// See [`Grade`].
    pub grade: Grade,
    /// The action that must be allowed on resources that the author did not name.
    pub lever: &'static str,
    /// The types of resources that the lever works on.
    pub on: Vec<Kinds>,
    /// Further steps.
    pub with: Vec<Step>,
    /// The services that a role is passed to, for methods whose lever is `iam:PassRole`.
    pub passed_to: Vec<&'static str>,
    /// The catalogues that list it.
    pub sources: &'static str,
}

/// The methods, in the order of the table.
pub fn methods() -> &'static [Method] {
    static METHODS: OnceLock<Vec<Method>> = OnceLock::new();
    METHODS.get_or_init(|| rows().filter_map(read).collect())
}

fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

fn read(line: &'static str) -> Option<Method> {
    let mut fields = line.split('\t');
    let (grade, steps, passed_to, sources) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let mut steps = steps.split(" + ").map(step);
    let lever = steps.next()?;
    let action = lever.actions.first().copied()?;
    Some(Method {
        grade: if grade == "direct" { Grade::Direct } else { Grade::Path },
        lever: action,
        on: lever.on.unwrap_or_else(|| vec![Kinds::whole(service(action))]),
        with: steps.collect(),
        passed_to: passed_to.split(',').filter(|name| !name.is_empty()).collect(),
        sources,
    })
}

fn step(text: &'static str) -> Step {
    let (actions, on) = match text.split_once('@') {
        Some((actions, on)) => (actions, Some(on)),
        None => (text, None),
    };
    let actions: Vec<&str> = actions.split('|').collect();
    let service = service(actions.first().copied().unwrap_or_default());
    Step { on: on.map(|on| kinds(on, service)), actions }
}

fn kinds(text: &'static str, service: &'static str) -> Vec<Kinds> {
    let read = |kind: &'static str| match kind.split_once(':') {
        Some((other, kind)) if !kind.is_empty() => Kinds { service: other, kinds: vec![kind] },
        _ => Kinds { service, kinds: vec![kind] },
    };
    text.split(',').map(read).collect()
}

/// The service of an action.
fn service(action: &'static str) -> &'static str {
    action.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_method_with_a_source() {
        assert_eq!(methods().len(), rows().count());
        for (method, line) in methods().iter().zip(rows()) {
            assert_eq!(line.split('\t').count(), 4, "{line}");
            assert!(line.starts_with("path\t") || line.starts_with("direct\t"), "{line}");
            assert!(!method.sources.is_empty(), "{line}");
            let passes = method.lever == "iam:PassRole";
            assert_eq!(passes, !method.passed_to.is_empty(), "{line}");
            for action in method.with.iter().flat_map(|step| &step.actions) {
                assert_eq!(action.split(':').count(), 2, "{line}");
            }
        }
    }
}
