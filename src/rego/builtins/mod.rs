//! Functions that policies may call beyond those of the evaluator, and those that it gets wrong.
//!
//! Each is pure and says why it failed; what a failure does is decided once, here.

mod config;
mod convert;
mod crypto;
mod globs;
mod marshal;
mod net;
mod numbers;
mod ours;
mod pattern;
mod regex;
mod sprintf;
mod template;

use regorus::unstable::BUILTINS;
use regorus::{Engine, Value};

use super::fault::Fault;
use super::load::Options;
use super::names::{ITERABLE, PREFIX, SAME};

/// What a function gives back: a value, or why not.
type Answer = Result<Value, String>;

/// One function: its name, how many arguments it takes, itself.
struct Function {
    name: &'static str,
    arity: u8,
    run: fn(&[Value]) -> Answer,
}

const fn function(name: &'static str, arity: u8, run: fn(&[Value]) -> Answer) -> Function {
    Function { name, arity, run }
}

const FUNCTIONS: &[Function] = &[
    function("sprintf", 2, sprintf::sprintf),
    function("any", 1, convert::any),
    function("all", 1, convert::all),
    function("cast_array", 1, convert::cast_array),
    function("cast_boolean", 1, convert::cast_boolean),
    function("cast_null", 1, convert::cast_null),
    function("cast_object", 1, convert::cast_object),
    function("cast_set", 1, convert::cast_set),
    function("cast_string", 1, convert::cast_string),
    function("set_diff", 2, convert::set_diff),
    function(ITERABLE, 1, convert::iterable),
    function(SAME, 1, convert::same),
    function("crypto.md5", 1, crypto::md5),
    function("crypto.sha1", 1, crypto::sha1),
    function("crypto.sha256", 1, crypto::sha256),
    function("crypto.hmac.md5", 2, crypto::hmac_md5),
    function("crypto.hmac.sha1", 2, crypto::hmac_sha1),
    function("crypto.hmac.sha256", 2, crypto::hmac_sha256),
    function("crypto.hmac.sha512", 2, crypto::hmac_sha512),
    function("crypto.hmac.equal", 2, crypto::hmac_equal),
    function("net.cidr_intersects", 2, net::intersects),
    function("net.cidr_overlap", 2, net::contains),
    function("net.cidr_contains_matches", 2, net::contains_matches),
    function("net.cidr_merge", 1, net::merge),
    function("numbers.range", 2, numbers::range),
    function("numbers.range_step", 3, numbers::range_step),
    function("regex.globs_match", 2, globs::globs_match),
    function("regex.match", 2, regex::matches),
    function("regex.is_valid", 1, regex::is_valid),
    function("regex.find_n", 3, regex::find_n),
    function("regex.find_all_string_submatch_n", 3, regex::find_all_string_submatch_n),
    function("regex.replace", 3, regex::replace),
    function("regex.split", 2, regex::split),
    function("regex.template_match", 4, regex::template_match),
    function("to_number", 1, convert::to_number),
    function("json.marshal", 1, marshal::json_marshal),
    function("yaml.unmarshal", 1, marshal::yaml_unmarshal),
    function("yaml.is_valid", 1, marshal::yaml_is_valid),
    function("strings.render_template", 2, template::render),
    function("parse_config", 2, config::parse_config),
    function(config::FILE, 2, config::parse_config_file),
    function(config::FILES, 2, config::parse_combined_config_files),
    function("holdpoint.iam.allows_all", 1, ours::allows_all),
    function("holdpoint.cidr.is_world", 1, ours::is_world),
    function(ours::UNKNOWN, 2, ours::unknown),
];

pub(super) use config::{FILE, FILES};
pub(super) use ours::UNKNOWN;

/// Calls that get one more argument before they are evaluated: what the policy writes, what it
/// becomes, and what the first argument is then.
pub(super) const COMPLETED: [(&str, u8); 3] =
    [("parse_config_file", 1), ("parse_combined_config_files", 1), ("holdpoint.unknown", 1)];

/// Functions of OPA that a gate must not have, or has not.
const REFUSED: &[(&str, &str, &str)] = &[
    ("http.send", "rego::network", "a verdict must not depend on the network: use data files"),
    ("net.lookup_ip_addr", "rego::network", "a verdict must not depend on the network"),
    ("io.jwt.", "rego::unsupported", "tokens are not supported: verify them before the gate"),
    ("crypto.x509.", "rego::unsupported", "certificates are not supported"),
    ("crypto.parse_private_keys", "rego::unsupported", "keys are not supported"),
    ("graphql.", "rego::unsupported", "GraphQL is not supported"),
    ("providers.aws.", "rego::unsupported", "request signing is not supported"),
    ("rego.parse_module", "rego::unsupported", "parsing policies is not supported"),
    (
        "json.verify_schema",
        "rego::unsupported",
        "JSON Schema is not supported: check the fields in Rego",
    ),
    (
        "json.match_schema",
        "rego::unsupported",
        "JSON Schema is not supported: check the fields in Rego",
    ),
    ("uuid.", "rego::unsupported", "a verdict must not depend on random values"),
    ("rand.", "rego::unsupported", "a verdict must not depend on random values"),
];

/// What is known of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It takes this many arguments.
    Takes(u8),
    /// It takes any number of them.
    Any,
    /// It is refused: a code, and what to do instead.
    Refused(&'static str, &'static str),
}

/// What is known of a function of this name.
pub(super) fn known(name: &str, options: &Options) -> Option<Known> {
    if name == "opa.runtime" {
        return Some(if options.environment {
            Known::Takes(0)
        } else {
            Known::Refused(
                "rego::environment",
                "a verdict must not depend on the environment: use data files",
            )
        });
    }
    let refused = REFUSED.iter().find(|(refused, _, _)| {
        name == *refused || refused.ends_with('.') && name.starts_with(refused)
    });
    if let Some((_, code, why)) = refused {
        return Some(Known::Refused(code, why));
    }
    if matches!(name, "rego.metadata.rule" | "rego.metadata.chain") {
        return Some(Known::Takes(0));
    }
    if let Some((_, arity)) = COMPLETED.iter().find(|(completed, _)| *completed == name) {
        return Some(Known::Takes(*arity));
    }
    if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
        return Some(Known::Takes(function.arity));
    }
    match name {
        "print" => Some(Known::Any),
        "re_match" => Some(Known::Takes(2)),
        _ if name.starts_with("__") => None,
        _ => BUILTINS.get(name).map(|(_, arity)| Known::Takes(*arity)),
    }
}

/// The function that was probably meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let names = BUILTINS.keys().copied().chain(FUNCTIONS.iter().map(|function| function.name));
    names
        .filter(|known| !known.starts_with("__") && !known.starts_with(PREFIX))
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(score, _)| *score > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Gives the functions to an evaluator.
pub(super) fn register(engine: &mut Engine, options: &Options) -> Result<(), Box<Fault>> {
    let compat = options.compat_builtin_errors;
    let mut add = |name: &'static str, arity: u8, run: fn(&[Value]) -> Answer| {
        let run = move |arguments: Vec<Value>| match run(&arguments) {
            Ok(value) => Ok(value),
            // The evaluator tolerates errors of its built-in functions only, not of extensions.
            Err(why) if compat && ![regex::TOO_LARGE, numbers::TOO_MANY].contains(&&*why) => {
                Ok(Value::Undefined)
            }
            Err(why) => Err(anyhow::anyhow!("`{name}`: {why}")),
        };
        engine
            .add_extension(name.to_owned(), arity, Box::new(run))
            .map_err(|error| Box::new(Fault::new("rego::internal", error.to_string())))
    };
    for function in FUNCTIONS {
        add(function.name, function.arity, function.run)?;
    }
    if options.environment {
        add("opa.runtime", 0, config::runtime)?;
    }
    Ok(())
}

/// The text of an argument.
fn text(arguments: &[Value], at: usize) -> Result<&str, String> {
    match arguments.get(at) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => {
            Err(format!("argument {} must be a string, not {}", at + 1, super::value::kind(other)))
        }
        None => Err("an argument is missing".to_owned()),
    }
}

/// An argument.
fn argument(arguments: &[Value], at: usize) -> Result<&Value, String> {
    arguments.get(at).ok_or_else(|| "an argument is missing".to_owned())
}

/// Why an argument cannot be used.
fn unfit(what: &str, value: &Value) -> String {
    format!("{what} expected, found {}", super::value::kind(value))
}
