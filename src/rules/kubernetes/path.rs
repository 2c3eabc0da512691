//! Paths in rule files: `ports[*].hostPort`.

/// One step of a path in a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A member.
    Key(String),
    /// Every element of a list.
    Every,
}

/// `ports[*].hostPort`
pub(super) fn path(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for part in text.split('.').filter(|part| !part.is_empty()) {
        let name = part.trim_end_matches("[*]");
        if name.is_empty() || name.contains(['[', ']', ' ']) {
            return Err(format!("`{text}` is not a path such as `ports[*].hostPort`"));
        }
        steps.push(Step::Key(name.to_owned()));
        steps.extend((0..(part.len() - name.len()) / 3).map(|_| Step::Every));
    }
    Ok(steps)
}
