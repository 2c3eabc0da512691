//! conftest's functions: `parse_config`, `parse_config_file`, `parse_combined_config_files`;
//! and the environment, where it is allowed.

use std::path::Path;

use regorus::Value;
use regorus::value::Array;

use super::{Answer, argument, text, unfit};
use crate::rego::value::{from_json, from_yaml, object};

/// What `parse_config_file` becomes: the folder of the policy comes first.
pub(crate) const FILE: &str = "holdpoint__parse_config_file";
/// What `parse_combined_config_files` becomes.
pub(crate) const FILES: &str = "holdpoint__parse_combined_config_files";

/// No configuration is this long.
const LIMIT: u64 = 64 << 20;

fn parse(parser: &str, content: &str) -> Answer {
    match parser {
        "json" => from_json(content),
        "yaml" => from_yaml(content),
        other => Err(format!("the parser `{other}` is not supported: use json or yaml")),
    }
}

pub(super) fn parse_config(arguments: &[Value]) -> Answer {
    parse(text(arguments, 0)?, text(arguments, 1)?)
}

pub(super) fn parse_config_file(arguments: &[Value]) -> Answer {
    file(text(arguments, 0)?, text(arguments, 1)?)
}

/// A list of `{"path": .., "contents": ..}`, as `--combine` gives it.
pub(super) fn parse_combined_config_files(arguments: &[Value]) -> Answer {
    let folder = text(arguments, 0)?;
    let Value::Array(paths) = argument(arguments, 1)? else {
        return Err(unfit("array", argument(arguments, 1)?));
    };
    let parsed = |path: &Value| {
        let name = text(std::slice::from_ref(path), 0)?;
        let contents = file(folder, name)?;
        let path = Path::new(folder).join(name).display().to_string();
        Ok(object([("path".to_owned(), Value::from(path)), ("contents".to_owned(), contents)]))
    };
    Ok(paths.iter().map(parsed).collect::<Result<Array, String>>()?.into())
}

fn file(folder: &str, name: &str) -> Answer {
    let path = Path::new(folder).join(name);
    let parser = match path.extension().and_then(|end| end.to_str()) {
        Some("json") => "json",
        Some("yaml" | "yml") => "yaml",
        _ => return Err(format!("`{name}` is not named like a JSON or YAML file")),
    };
    let unread = |_| format!("cannot read `{name}`");
    if std::fs::metadata(&path).map_err(unread)?.len() > LIMIT {
        return Err(format!("`{name}` is too large"));
    }
    parse(parser, &std::fs::read_to_string(&path).map_err(unread)?)
}

/// `opa.runtime()`, as far as conftest fills it.
pub(super) fn runtime(_: &[Value]) -> Answer {
    let variable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, Value::from(value.into_string().ok()?)))
    };
    let env = object(std::env::vars_os().filter_map(variable));
    Ok(object([
        ("env".to_owned(), env),
        ("version".to_owned(), Value::from(env!("CARGO_PKG_VERSION"))),
    ]))
}
