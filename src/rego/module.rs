//! One file of Rego: its text, its version, its package, its parsed form.

use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Range;
use std::sync::Arc;

use regorus::unstable::{Import, Module as Parsed, Ref, Rule};
use regorus::{Engine, PolicyLengthConfig};

use super::annotations::{self, Annotation};
use super::ast;
use super::fault::{Fault, told};

/// The dialect of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Before OPA 1.0: bodies in braces, `deny[msg] { .. }`.
    V0,
    /// Since OPA 1.0: `if` and `contains`.
    V1,
}

/// A file of Rego that could be parsed.
pub(super) struct Module {
    /// The file as it was named.
    pub(super) file: String,
    /// Its text.
    pub(super) text: Arc<str>,
    /// Its dialect.
    pub(super) version: Version,
    /// The parts of its package, without `data`.
    pub(super) package: Vec<String>,
    /// Names that stand for other paths, `import data.lib as l`.
    pub(super) imports: Vec<(String, Vec<String>)>,
    /// `# METADATA` blocks.
    pub(super) annotations: Vec<Annotation>,
    parsed: Ref<Parsed>,
}

impl Module {
    /// Parses a file: as the version that is asked for, else as v1, else as v0.
    pub(super) fn parse(
        file: &str,
        text: &str,
        wanted: Option<Version>,
    ) -> Result<Self, Box<Fault>> {
        let shared: Arc<str> = Arc::from(text);
        let found = match wanted {
            Some(version) => parse(file, &shared, version).map(|parsed| (version, parsed)),
            None => parse(file, &shared, Version::V1).map(|parsed| (Version::V1, parsed)).or_else(
                // The old dialect has no `if`, and the parser would say so aloud.
                |first| match parse_old(file, &shared, &first) {
                    Ok(parsed) => Ok((Version::V0, parsed)),
                    Err(second) => Err(farther(first, second)),
                },
            ),
        };
        let (version, parsed) = found?;
        let package = ast::path(&parsed.package.refr).map(|(path, _)| path).unwrap_or_default();
        let imports = parsed.imports.iter().filter_map(import).collect();
        let annotations = annotations::read(file, &shared)?;
        let file = file.to_owned();
        Ok(Self { file, text: shared, version, package, imports, annotations, parsed })
    }

    /// The rules, in the order of the file.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.parsed.policy.iter().map(|rule| rule.as_ref())
    }

    /// `main` or `lib.tags`.
    pub(super) fn namespace(&self) -> String {
        self.package.join(".")
    }

    /// A fault at a place in this file.
    pub(super) fn fault(
        &self,
        code: &'static str,
        message: impl Into<String>,
        span: Range<usize>,
    ) -> Fault {
        Fault::new(code, message).at(&self.file, &self.text, span)
    }

    /// Its name and its text.
    pub(super) fn source(&self) -> (&str, &Arc<str>) {
        (&self.file, &self.text)
    }

    /// What it imports of data and of the input, by the name that it gets here, and where.
    pub(super) fn import_spans(&self) -> impl Iterator<Item = (String, Range<usize>)> {
        self.parsed
            .imports
            .iter()
            .filter_map(|parsed| Some((import(parsed)?.0, ast::bytes(parsed.refr.span()))))
    }

    /// The line of its package clause, from 1.
    pub(super) fn package_line(&self) -> usize {
        self.parsed.package.span.line as usize
    }

    /// The bytes of its package clause.
    pub(super) fn package_span(&self) -> Range<usize> {
        ast::bytes(self.parsed.package.refr.span())
    }
}

/// What a parser takes: longer than any file that somebody wrote.
pub(super) fn lengths() -> PolicyLengthConfig {
    let mut lengths = PolicyLengthConfig::default();
    if let (Some(column), Some(bytes), Some(lines)) =
        (NonZeroU32::new(1 << 14), NonZeroUsize::new(1 << 22), NonZeroUsize::new(100_000))
    {
        lengths = PolicyLengthConfig { max_col: column, max_file_bytes: bytes, max_lines: lines };
    }
    lengths
}

fn parse(file: &str, text: &Arc<str>, version: Version) -> Result<Ref<Parsed>, Box<Fault>> {
    let mut engine = Engine::new();
    engine.set_policy_length_config(lengths());
    engine.set_rego_v0(version == Version::V0);
    let wrong = |message: &str| {
        let (span, message) = told(message, file, text);
        let mut fault = Fault::new("rego::syntax", message).in_file(file);
        if let Some(span) = span {
            fault = fault.at(file, text, span);
        }
        Box::new(with_hint(fault))
    };
    engine
        .add_policy(file.to_owned(), text.to_string())
        .map_err(|error| wrong(&error.to_string()))?;
    let parsed = engine.get_modules().last().cloned();
    parsed.ok_or_else(|| wrong("the file contains no module"))
}

/// As the old dialect, unless only the new one can be meant.
fn parse_old(file: &str, text: &Arc<str>, first: &Fault) -> Result<Ref<Parsed>, Box<Fault>> {
    if has_if(text) && !text.contains("future.keywords") && !text.contains("rego.v1") {
        return Err(Box::new(first.clone()));
    }
    parse(file, text, Version::V0)
}

/// Whether the word `if` stands anywhere but in texts and comments.
fn has_if(text: &str) -> bool {
    let (mut word, mut within) = (String::new(), None);
    let mut chars = text.chars().chain(['\n']);
    while let Some(c) = chars.next() {
        match (within, c) {
            (Some('"'), '\\') => drop(chars.next()),
            (Some('#'), '\n') => within = None,
            (Some(mark), c) if mark == c => within = None,
            (None, '"' | '`' | '#') => within = Some(c),
            _ => {}
        }
        if within.is_none() && (c.is_alphanumeric() || c == '_') {
            word.push(c);
        } else if word == "if" {
            return true;
        } else {
            word.clear();
        }
    }
    false
}

/// What is known of the ways in which files fail that OPA takes.
fn with_hint(fault: Fault) -> Fault {
    let line = fault
        .text
        .as_ref()
        .zip(fault.line())
        .and_then(|(text, line)| text.lines().nth(line.checked_sub(1)?).map(str::to_owned));
    let line = line.unwrap_or_default();
    if line.contains("$\"") || line.contains("$`") {
        return fault
            .with_help("template strings, `$\"..\"`, are not supported yet: use `sprintf`");
    }
    if fault.message.contains("shadows") && line.contains("import") {
        return fault
            .with_help("`import rego.v1` already imports all keywords: remove the other import");
    }
    for (message, help) in [
        ("unexpected keyword `import`", "move the imports above the rules"),
        ("invalid whitespace before [", "remove the space before `[`"),
        ("else cannot be used with set rules", "split the rule: `else` applies to one body only"),
    ] {
        if fault.message.contains(message) {
            return fault.with_help(help);
        }
    }
    if fault.message.contains("`if` keyword") {
        return fault.with_help("write `if` before the body, or use the pre-1.0 syntax throughout");
    }
    fault.with_help("see the OPA language reference for the syntax")
}

/// Of two errors the one that got farther: the other is of the wrong dialect.
fn farther(v1: Box<Fault>, v0: Box<Fault>) -> Box<Fault> {
    let at = |fault: &Fault| fault.span.as_ref().map_or(0, |span| span.start);
    if at(&v0) > at(&v1) { v0 } else { v1 }
}

fn import(import: &Import) -> Option<(String, Vec<String>)> {
    let (path, _) = ast::path(&import.refr)?;
    if path.first().is_none_or(|root| root != "data" && root != "input") {
        return None;
    }
    let name = match &import.r#as {
        Some(span) => span.text().to_owned(),
        None => path.last()?.clone(),
    };
    Some((name, path))
}
