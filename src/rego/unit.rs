//! Unit tests in Rego: rules that are called `test_..`; those called `todo_test_..` are skipped.

use std::collections::BTreeMap;
use std::sync::Arc;

use regorus::Value;

use super::ast;
use super::evaluate::reference;
use super::fault::Fault;
use super::module::Module;
use super::{Policies, watch};

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The package, without `data`.
    pub namespace: String,
    /// The rule's name.
    pub name: String,
    /// Whether it is only announced, `todo_test_..`.
    pub skipped: bool,
    /// The file that defines it.
    pub file: String,
    /// The line that it begins on, from 1.
    pub line: usize,
    package: Vec<String>,
}

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Whether it is true.
    pub passed: bool,
    /// What `print` wrote, `file:line: text`.
    pub outputs: Vec<String>,
}

/// Lines of the policies that tests reached, and those that they did not, by file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Lines from 1: true where a test came by.
    pub files: BTreeMap<String, BTreeMap<u32, bool>>,
}

/// The tests of the modules.
pub(super) fn find(modules: &[Module]) -> Vec<Test> {
    let mut tests: Vec<Test> = Vec::new();
    for module in modules {
        for rule in module.rules() {
            let Some((path, _)) = ast::path(ast::head(rule)) else { continue };
            let Some(name) = path.first() else { continue };
            let skipped = name.starts_with("todo_test_");
            let namespace = module.namespace();
            let known = tests.iter().any(|t| t.namespace == namespace && t.name == *name);
            if (skipped || name.starts_with("test_")) && !known {
                tests.push(Test {
                    namespace,
                    name: name.clone(),
                    skipped,
                    file: module.file.clone(),
                    line: rule.span().line as usize,
                    package: module.package.clone(),
                });
            }
        }
    }
    tests
}

impl Policies {
    /// The tests, in the order of the files.
    #[must_use]
    pub fn tests(&self) -> &[Test] {
        &self.inner.tests
    }

    /// Runs one test. Lines that it reaches are added to `coverage`, when there is one.
    ///
    /// # Errors
    /// A [`Fault`] when it fails to be evaluated or overruns its limits.
    pub fn test(&self, test: &Test, coverage: Option<&mut Coverage>) -> Result<Tested, Box<Fault>> {
        let inner = Arc::clone(&self.inner);
        let query = reference(&test.package, &test.name);
        let covering = coverage.is_some();
        let (tested, lines) = watch::within(self.inner.options.limits, move || {
            let mut engine = inner.engine();
            engine.set_enable_coverage(covering);
            let value = inner.query(&mut engine, &query, &Value::Undefined)?;
            let outputs = engine.take_prints().unwrap_or_default();
            let lines = covering.then(|| engine.get_coverage_report().ok()).flatten();
            Ok::<_, Box<Fault>>((Tested { passed: value == Value::Bool(true), outputs }, lines))
        })??;
        if let (Some(coverage), Some(report)) = (coverage, lines) {
            for file in report.files {
                if !self.inner.files.iter().any(|(name, _)| *name == file.path) {
                    continue;
                }
                let lines = coverage.files.entry(file.path).or_default();
                file.not_covered.into_iter().for_each(|line| {
                    lines.entry(line).or_insert(false);
                });
                file.covered.into_iter().for_each(|line| {
                    lines.insert(line, true);
                });
            }
        }
        Ok(tested)
    }
}
