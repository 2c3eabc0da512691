//! `strings.render_template`: the fields of a template; its control structures are refused.

use regorus::Value;

use super::{Answer, argument, text};
use crate::rego::value::entry;

pub(super) fn render(arguments: &[Value]) -> Answer {
    let (template, values) = (text(arguments, 0)?, argument(arguments, 1)?);
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once("{{") {
        let (inside, after) =
            tail.split_once("}}").ok_or_else(|| "a `{{` is not closed".to_owned())?;
        out.push_str(before);
        let path = inside
            .trim()
            .strip_prefix('.')
            .filter(|path| path.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.'));
        let path = path.ok_or_else(|| "only fields, `{{ .a.b }}`, are supported".to_owned())?;
        let mut here = values;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            here = entry(here, step).ok_or_else(|| format!("there is no field `{step}`"))?;
        }
        match here {
            Value::String(text) => out.push_str(text),
            other => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(Value::from(out))
}
