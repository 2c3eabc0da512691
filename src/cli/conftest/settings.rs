//! Where a conftest setting comes from: the flag, else the variable `CONFTEST_*`, else
//! conftest.toml, else its default.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;

use super::{boolean, usage};

/// All keys that conftest knows, and those that holdpoint adds.
const KEYS: &[&str] = &[
    "all-namespaces",
    "capabilities",
    "combine",
    "compat",
    "config-file",
    "data",
    "fail-on-warn",
    "github-hide-passed",
    "ignore",
    "junit-hide-message",
    "memory",
    "namespace",
    "no-color",
    "no-fail",
    "output",
    "parser",
    "policy",
    "proto-file-dirs",
    "quiet",
    "rego-version",
    "report",
    "show-builtin-errors",
    "stdin-filename",
    "strict",
    "suppress-exceptions",
    "timeout",
    "tls",
    "trace",
    "update",
    "var-values",
    // Keys of verbs that are not supported.
    "annotations",
    "check",
    "outDir",
    "outdir",
    "template",
    "repository",
    "absolute-paths",
];

/// File name extensions of configurations that conftest would find besides conftest.toml.
const ELSE: &[&str] =
    &["json", "yaml", "yml", "properties", "props", "prop", "hcl", "tfvars", "ini"];

/// The configuration, by key in lower case.
#[derive(Debug, Default)]
pub(super) struct Settings {
    file: String,
    values: BTreeMap<String, toml::Value>,
}

impl Settings {
    /// Reads the named configuration, else conftest.toml if it exists.
    pub(super) fn load(named: Option<&str>) -> Result<Self, Vec<Error>> {
        let named = named.map(str::to_owned).or_else(|| variable("config-file"));
        let named = named.filter(|path| !path.is_empty());
        let path = match &named {
            Some(path) => path.as_str(),
            None if Path::new("conftest.toml").exists() => "conftest.toml",
            None => {
                let other = ELSE.iter().map(|ending| format!("conftest.{ending}"));
                return match other.into_iter().find(|name| Path::new(name).exists()) {
                    Some(name) => Err(vec![usage(
                        format!(
                            "`{name}` is a conftest configuration that holdpoint does not read"
                        ),
                        "convert it to conftest.toml, with the same keys",
                    )]),
                    None => Ok(Self::default()),
                };
            }
        };
        if !path.ends_with(".toml") {
            return Err(vec![usage(
                format!("cannot read the configuration `{path}`: only TOML is supported"),
                "convert it to TOML, with the same keys, in a file that ends with `.toml`",
            )]);
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            vec![Error::ConfigRead {
                file: path.to_owned(),
                message: super::super::output::reason(&error),
            }]
        })?;
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            let message = error.message().to_owned();
            vec![Error::ConfigRead { file: path.to_owned(), message }]
        })?;
        let mut values = BTreeMap::new();
        for (key, value) in table {
            let key = key.to_ascii_lowercase();
            // conftest takes any of them.
            if values.insert(key.clone(), value).is_some() {
                let message =
                    format!("`{key}` is set twice in `{path}`, in upper and in lower case");
                return Err(vec![usage(message, "keep one of them")]);
            }
        }
        let settings = Self { file: path.to_owned(), values };
        if !settings.flag("compat", None)? {
            settings.known()?;
        }
        Ok(settings)
    }

    /// conftest ignores unknown keys, so a misspelt `policy` would select other policies.
    fn known(&self) -> Result<(), Vec<Error>> {
        let unknown = self.values.keys().find(|key| !KEYS.contains(&key.as_str()));
        match unknown {
            None => Ok(()),
            Some(key) => {
                let near = crate::decide::nearest(key, KEYS.iter().copied());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "remove it, or set `compat = true` to ignore it as conftest does".to_owned()
                    }
                };
                let message = format!("unknown key `{key}` in `{}`", self.file);
                Err(vec![usage(message, &help)])
            }
        }
    }

    /// A boolean.
    pub(super) fn flag(&self, key: &str, given: Option<bool>) -> Result<bool, Vec<Error>> {
        if let Some(given) = given {
            return Ok(given);
        }
        let text = match (variable(key), self.values.get(key)) {
            (Some(text), _) => text,
            (None, Some(toml::Value::Boolean(value))) => return Ok(*value),
            (None, Some(toml::Value::Integer(value))) => return Ok(*value != 0),
            (None, Some(toml::Value::String(text))) => text.clone(),
            (None, Some(_)) => return Err(self.wrong(key, "true or false")),
            (None, None) => return Ok(false),
        };
        boolean(&text).map_err(|_| self.wrong(key, "true or false"))
    }

    /// A string; empty if not set.
    pub(super) fn text(&self, key: &str, given: Option<&str>) -> Result<String, Vec<Error>> {
        if let Some(given) = given {
            return Ok(given.to_owned());
        }
        match (variable(key), self.values.get(key)) {
            (Some(text), _) => Ok(text),
            (None, Some(toml::Value::String(text))) => Ok(text.clone()),
            (None, Some(toml::Value::Integer(value))) => Ok(value.to_string()),
            (None, Some(_)) => Err(self.wrong(key, "a string")),
            (None, None) => Ok(String::new()),
        }
    }

    /// A number from 1 to `most`.
    pub(super) fn number(
        &self,
        key: &str,
        given: Option<u32>,
        most: u32,
    ) -> Result<Option<u32>, Vec<Error>> {
        if given.is_some() {
            return Ok(given);
        }
        let text = self.text(key, None)?;
        match text.parse::<u32>() {
            _ if text.is_empty() => Ok(None),
            Ok(number) if (1..=most).contains(&number) => Ok(Some(number)),
            _ => Err(self.wrong(key, &format!("a number from 1 to {most}"))),
        }
    }

    /// A list.
    pub(super) fn list(
        &self,
        key: &str,
        given: &[String],
        default: &[&str],
    ) -> Result<Vec<String>, Vec<Error>> {
        if !given.is_empty() {
            return Ok(given.to_vec());
        }
        let split = |text: &str| text.split(',').map(str::to_owned).collect();
        match (variable(key), self.values.get(key)) {
            (Some(text), _) => Ok(split(&text)),
            (None, Some(toml::Value::String(text))) => Ok(split(text)),
            (None, Some(toml::Value::Array(items))) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| self.wrong(key, "a list of strings")),
            (None, Some(_)) => Err(self.wrong(key, "a list of strings")),
            (None, None) => Ok(default.iter().copied().map(str::to_owned).collect()),
        }
    }

    fn wrong(&self, key: &str, what: &str) -> Vec<Error> {
        let place = match variable(key) {
            Some(_) => name(key),
            None => format!("{key}` in `{}", self.file),
        };
        vec![usage(format!("`{place}` is not {what}"), "correct the value")]
    }
}

fn name(key: &str) -> String {
    format!("CONFTEST_{}", key.replace('-', "_").to_ascii_uppercase())
}

/// The environment variable of a key; empty counts as unset.
fn variable(key: &str) -> Option<String> {
    std::env::var(name(key)).ok().filter(|text| !text.is_empty())
}
