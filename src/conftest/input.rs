//! Reads an input as conftest does: Go's JSON, and YAML as Kubernetes has it, cut at lines `---`.

use std::fs::File;
use std::io::Read;

use serde_json::Value;

use crate::manifest::read;
use crate::model::verdict::Problem;
use crate::rego::{Document, Policies};

use super::files::{not_here, unread};
use super::parsers::{Parser, instead};

/// No input is this long.
const LONGEST: u64 = 1 << 30;

/// An input that was read.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its path, `-` for standard input.
    pub name: String,
    document: Document,
    /// Whether its documents are a list, so that each is judged by itself.
    many: bool,
    /// What a document of it is that is neither an object nor a list: no rule finds anything in it.
    scalar: Option<&'static str>,
}

/// How inputs are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading<'a> {
    /// The parser for all files; else each file's name tells.
    pub parser: Option<&'a str>,
    /// What standard input is called.
    pub stdin_filename: Option<&'a str>,
    /// Take the last of two equal keys in JSON, and an empty file for `null`.
    pub compat: bool,
    /// Read JSON no further than these look at it: enough where each input is judged by itself.
    pub policies: Option<&'a Policies>,
}

impl Input {
    /// Reads a file, or standard input.
    ///
    /// # Errors
    /// When it is not there, has no parser, or is not what its parser reads.
    pub fn read(path: &str, how: Reading<'_>) -> Result<Self, Problem> {
        let parser = match how.parser.filter(|name| !name.is_empty()) {
            Some(name) => named(name)?,
            None => Parser::of(path).ok_or_else(|| unknown(path))?,
        };
        if let Parser::Other(name) = parser {
            return Err(not_here(path, name));
        }
        let name = match how.stdin_filename {
            Some(name) if path == "-" && !name.is_empty() => name,
            _ => path,
        };
        let text = text(path)?;
        let input = match parser {
            Parser::Json => json(name, &text, how)?,
            _ => yaml(name, &text, how)?,
        };
        if !how.compat && !input.many && input.document.is_null() {
            return Err(Problem {
                code: "conftest::empty".to_owned(),
                message: format!("`{path}` is empty, so nothing would be evaluated"),
                help: Some("check what created it; `--compat` evaluates `null` instead".to_owned()),
                file: Some(path.to_owned()),
            });
        }
        if let (false, Some(kind)) = (how.compat, input.scalar) {
            return Err(Problem {
                code: "conftest::scalar".to_owned(),
                message: format!("`{path}` contains {kind}, but rules expect an object or list"),
                help: Some(
                    "check that the file is complete; `--compat` evaluates it as conftest does"
                        .to_owned(),
                ),
                file: Some(path.to_owned()),
            });
        }
        Ok(input)
    }

    /// What is judged.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// All inputs as one, `[{"path": .., "contents": ..}]`, in the order of their paths.
    #[must_use]
    pub fn combined(inputs: &[Self]) -> Document {
        let mut parts: Vec<Document> =
            inputs.iter().flat_map(|input| input.document.parts()).collect();
        parts.sort_by(|a, b| a.name.cmp(&b.name));
        Document::combined("Combined", &parts)
    }

    /// What it holds, as `conftest parse` prints it.
    #[must_use]
    pub fn value(&self) -> Value {
        self.document.to_json()
    }
}

fn named(name: &str) -> Result<Parser, Problem> {
    let problem = |message: String, help: &str| Problem {
        code: "conftest::parser".to_owned(),
        message,
        help: Some(help.to_owned()),
        file: None,
    };
    match Parser::named(name) {
        Some(Parser::Other(name)) => Err(problem(
            format!("the parser `{name}` is not supported, only json and yaml"),
            instead(name),
        )),
        Some(parser) => Ok(parser),
        None => Err(problem(format!("unknown parser `{name}`"), "use json or yaml")),
    }
}

fn unknown(path: &str) -> Problem {
    Problem {
        code: "conftest::parser".to_owned(),
        message: format!("cannot tell the format of `{path}` from its name"),
        help: Some("add `--parser json` or `--parser yaml`".to_owned()),
        file: Some(path.to_owned()),
    }
}

fn text(path: &str) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| unread(path, &error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(not_read(path, "it is larger than 1 GiB".to_owned()));
    }
    read::text(bytes).map_err(|fault| not_read(path, fault.to_string()))
}

fn not_read(path: &str, why: String) -> Problem {
    Problem {
        code: "conftest::input".to_owned(),
        message: format!("cannot read `{path}`: {why}"),
        help: Some("check that the file is complete and that `--parser` fits".to_owned()),
        file: Some(path.to_owned()),
    }
}

fn json(name: &str, text: &str, how: Reading<'_>) -> Result<Input, Problem> {
    let read = match how.policies {
        Some(policies) if !how.compat => policies.plan(name, text),
        _ => Document::json(name, text),
    };
    let document = match (read, how.compat) {
        (Ok(document), _) => document,
        (Err(fault), false) => return Err(not_read(name, fault.message)),
        // serde_json takes the last of two equal keys, as Go does.
        (Err(_), true) => {
            let value: Value =
                serde_json::from_str(text).map_err(|error| not_read(name, error.to_string()))?;
            Document::new(name, &value)
        }
    };
    let many = document.is_list();
    let scalar = document.scalar();
    Ok(Input { name: name.to_owned(), document, many, scalar })
}

fn yaml(name: &str, text: &str, how: Reading<'_>) -> Result<Input, Problem> {
    // JSON is YAML; a plan of many megabytes is no manifest, and read faster as what it is.
    if text.trim_start().starts_with(['{', '['])
        && let Ok(input) = json(name, text, how)
    {
        return Ok(input);
    }
    let parts = cut(text);
    let several = parts.len() > 1;
    let (mut values, mut line) = (Vec::new(), 0);
    for part in parts {
        let nodes = read::documents(part).map_err(|mut fault| {
            if fault.line > 0 {
                fault.line += line;
            }
            not_read(name, fault.to_string())
        })?;
        if nodes.is_empty() {
            values.push(Value::Null);
        }
        // conftest would drop all but the first where the line is not exactly `---`.
        values.extend(nodes.iter().map(crate::model::node::Node::to_json));
        // Two line breaks stand in the line between.
        line += u32::try_from(part.matches('\n').count() + 2).unwrap_or(u32::MAX);
    }
    let many = several || values.len() > 1;
    let scalar = values.iter().find_map(scalar);
    let value = match values.len() {
        1 if !several => values.pop().unwrap_or_default(),
        _ => Value::Array(values),
    };
    let document = Document::new(name, &value);
    Ok(Input { name: name.to_owned(), many: many || document.is_list(), document, scalar })
}

/// What a document is when it has no parts.
fn scalar(value: &Value) -> Option<&'static str> {
    match value {
        Value::Bool(_) => Some("a boolean"),
        Value::Number(_) => Some("a number"),
        Value::String(_) => Some("a string"),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The parts of a text between lines that are exactly `---`, as conftest cuts it.
fn cut(text: &str) -> Vec<&str> {
    let separator = if text.contains("\r\n") { "\r\n---\r\n" } else { "\n---\n" };
    let parts: Vec<&str> = text.split(separator).collect();
    match parts.as_slice() {
        // A directive belongs to the document behind it.
        [first, second, rest @ ..] if text.starts_with('%') => {
            let head = first.len() + separator.len() + second.len();
            std::iter::once(text.get(..head).unwrap_or(text)).chain(rest.iter().copied()).collect()
        }
        _ => parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const STRICT: Reading<'_> =
        Reading { parser: None, stdin_filename: None, compat: false, policies: None };

    fn of(text: &str) -> Value {
        yaml("x.yaml", text, STRICT).unwrap().value()
    }

    #[test]
    fn yaml_is_cut_as_conftest_cuts_it() {
        assert_eq!(of("a: 1\n"), json!({"a": 1}));
        assert_eq!(of("---\na: 1\n"), json!({"a": 1}));
        assert_eq!(of("# c\n---\nx: 1\n"), json!([null, {"x": 1}]));
        assert_eq!(of("a: 1\n---\n"), json!([{"a": 1}, null]));
        assert_eq!(of("a: 1\r\n---\r\nb: 2\r\n"), json!([{"a": 1}, {"b": 2}]));
        assert_eq!(of("%YAML 1.1\n---\na: 1\n"), json!({"a": 1}));
        assert_eq!(of("y: 0644\n"), json!({"true": 420}));
        assert_eq!(of(r#"{"a": 1}"#), json!({"a": 1}));
    }

    #[test]
    fn documents_that_conftest_drops_are_read() {
        assert_eq!(of("x: 1\n--- # two\nx: 2\n"), json!([{"x": 1}, {"x": 2}]));
        assert_eq!(of("x: 1\n--- \nx: 2\n"), json!([{"x": 1}, {"x": 2}]));
    }

    #[test]
    fn mistakes_name_the_line_of_the_file() {
        let problem = yaml("x.yaml", "a: 1\n---\nb: [\n", STRICT).unwrap_err();
        assert!(
            problem.message.contains("line 3") || problem.message.contains("line 4"),
            "{}",
            problem.message
        );
        assert!(yaml("x.yaml", "a: 1\na: 2\n", STRICT).is_err());
        assert!(json("x.json", r#"{"a":1,"a":2}"#, STRICT).is_err());
        let compat = Reading { compat: true, ..STRICT };
        assert_eq!(json("x", r#"{"a":1,"a":2}"#, compat).unwrap().value(), json!({"a": 2}));
    }
}
