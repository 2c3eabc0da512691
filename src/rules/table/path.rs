//! Attribute paths of the table language.

use serde::{Deserialize, Serialize};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// An attribute, a block or a key; in a repeated block, that of every block.
    Name(String),
    /// The element at this position.
    Index(usize),
}

/// Where a value stands, from the element that is judged or from the resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// Starts at the resource although an element is judged.
    pub from_root: bool,
    /// The steps; empty for the element itself.
    pub steps: Vec<Step>,
}

impl Path {
    /// Reads `a.b[0]["k.l"].c`, `/a`, or `.` for the element itself.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is not an attribute path");
        let (from_root, mut left) = match text.strip_prefix('/') {
            Some(left) => (true, left),
            None => (false, text),
        };
        let mut steps = Vec::new();
        if left == "." && !from_root {
            return Ok(Self { from_root, steps });
        }
        while !left.is_empty() {
            if let Some(tail) = left.strip_prefix("[\"") {
                let (key, tail) = tail.split_once("\"]").ok_or_else(bad)?;
                steps.push(Step::Name(key.to_owned()));
                left = tail;
            } else if let Some(tail) = left.strip_prefix('[') {
                let (index, tail) = tail.split_once(']').ok_or_else(bad)?;
                steps.push(Step::Index(index.parse().map_err(|_| bad())?));
                left = tail;
            } else {
                let tail = match left.strip_prefix('.') {
                    Some(tail) if !steps.is_empty() => tail,
                    Some(_) => return Err(bad()),
                    None if steps.is_empty() => left,
                    None => return Err(bad()),
                };
                let end = tail.find(['.', '[']).unwrap_or(tail.len());
                let (name, tail) = tail.split_at(end);
                let fits = |c: char| c.is_ascii_alphanumeric() || "_-:$".contains(c);
                if name.is_empty() || !name.chars().all(fits) {
                    return Err(bad());
                }
                steps.push(Step::Name(name.to_owned()));
                left = tail;
            }
        }
        if steps.is_empty() { Err(bad()) } else { Ok(Self { from_root, steps }) }
    }

    /// The path without positions.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for step in self.steps.iter().filter(|step| matches!(step, Step::Name(_))) {
            Self::show(step, &mut text);
        }
        text
    }

    /// Adds a step to a path that is shown to the user.
    pub fn show(step: &Step, out: &mut String) {
        match step {
            Step::Name(name) if name.contains(['.', '[', ' ', '/']) => {
                out.push_str(&format!("[{name:?}]"));
            }
            Step::Name(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
}
