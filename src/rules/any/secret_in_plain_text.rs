//! `secret-in-plain-text`: in Rust because it reads scripts, documents and the forms of keys.

use crate::clouds;
use crate::clouds::secrets::{self, Encrypted};
use crate::model::subject::Side;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::answers::stem;
use crate::rules::secrets::names;
use crate::rules::secrets::walk::{self, Hit};

declare_rule! {
    /// Configuration contains a secret in plain text
    ///
    /// # What it checks
    /// Everything that people with read access to a resource can see: user data (also
    /// base64-encoded), environments of functions, containers, builds and jobs, scripts, documents,
    /// stage variables, stack parameters, Systems Manager parameters that are not a `SecureString`,
    /// and provisioners. It looks for
    ///
    /// - values that have the form of a key: AWS access keys, private keys, tokens of GitHub,
    ///   GitLab, Slack, Google, Stripe and others, URLs with a password, forty random characters
    ///   such as AWS uses for secret keys;
    /// - values whose name says that they are a secret (`DB_PASSWORD`, `apiKey`), in an environment
    ///   or assigned in a script. A reference to the secret (an ARN, a path, `$NAME`,
    ///   `{{resolve:...}}`) does not count. A value that is not known yet and is not an identifier
    ///   is *undetermined*;
    /// - a file `.aws/credentials` that a script or provisioner writes to a machine.
    ///
    /// It also checks attributes that are meant for a secret, such as `password`: there, a value
    /// from a variable or a generator is fine, and a constant in the configuration is not, even if
    /// it is passed as a module argument or is the default of a variable.
    ///
    /// Before version 6, the provider shows the user data of instances as a hash. The text behind
    /// it is judged if the configuration or the source (`--source`) contains it, and is
    /// *undetermined* otherwise. The same goes for user data, environments and container
    /// definitions that are not known as a whole; usually the source shows what is in them. Other
    /// documents that are not known are not judged. Sensitive marks make no difference: they hide a
    /// value from the terminal and from nobody else. No report shows the value or quotes its line.
    /// # Why
    /// User data and environments can be read with the weakest permissions there are, stay in every
    /// version, and end up in state files, logs and crash reports; what is in a repository is read
    /// by everyone who ever clones it. Severity is high because what it opens depends on the
    /// secret.
    /// # How to fix
    /// Let the program fetch the secret with its role, and revoke the old one: it has been exposed.
    ///
    /// ```hcl
    /// secrets = [{
    ///   name      = "DB_PASSWORD"
    ///   valueFrom = aws_secretsmanager_secret.db.arn
    /// }]
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
    /// - <https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>
    id: "secret-in-plain-text",
    severity: High,
    service: "Secrets",
    types: { secrets::kinds },
    frameworks: [
        ("AWS FSBP", ["CodeBuild.2", "ECS.8"]),
        ("NIST 800-53", ["IA-5", "SC-28"]),
    ],
    params: [],
    blames: secrets,
    covers: nothing,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let kind = view.subject.kind.as_str();
    let environments = clouds::of(kind).secrets.environments;
    let encrypted = secrets::encrypted(kind);
    for name in secrets::carriers(kind) {
        for hit in carried(view, name, encrypted) {
            // An unknown value may hold anything; it is only reported where it usually holds settings.
            if hit.what.is_some() || environments.contains(&name) {
                answer(answers, hit);
            }
        }
    }
    // Such a resource may hold a secret only when it is encrypted.
    if encrypted.is_some_and(|encrypted| !is_encrypted(view, encrypted).is_true()) {
        return;
    }
    for path in secrets::attributes(kind) {
        let (name, tail) = path.split_once('.').unwrap_or((path, ""));
        let written = constant(view, name);
        if written.is_null() {
            continue;
        }
        let mut found = Vec::new();
        constants(name.to_owned(), &written, &view.attribute(name), tail, &mut found);
        for (path, text, doubt) in found {
            let outside = || view.comes_from_outside(&text);
            let holds = match doubt {
                None => Truth::True,
                // Nothing that it could come from: functions of constants.
                Some(why) if why.references().is_empty() => Truth::from(!outside()),
                Some(_) if outside() => Truth::False,
                Some(why) => Truth::Unknown(why),
            };
            answers.judge(&holds, path, "the configuration contains the secret itself");
        }
    }
}

fn answer(answers: &mut Answers, hit: Hit) {
    let Hit { path, name, what, doubt } = hit;
    let message = match what {
        Some(what) => format!("{what} is in plain text"),
        None => "a secret may be in plain text".to_owned(),
    };
    let name = name.filter(|_| what.is_some());
    let key = format!("{} {message} {}", stem(&path), name.as_deref().unwrap_or_default());
    let broken = doubt.map_or(Truth::True, Truth::Unknown);
    if let Some(answer) = answers.judge(&broken, path, message) {
        answer.with_key(key);
        if let Some(name) = name {
            answer.with_detail(name);
        }
    }
}

/// What an attribute carries. A hash whose text is unknown may stand for anything.
fn carried(view: &View<'_>, name: &str, encrypted: Option<&Encrypted>) -> Vec<Hit> {
    if name == "provisioner" {
        return walk::find(name, &written(view, name));
    }
    let value = view.attribute(name);
    if let Some(encrypted) = encrypted {
        return named(view, name, encrypted, &value);
    }
    let hashed = value.as_str().is_some_and(|text| {
        text.len() == 40 && text.bytes().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
    });
    if hashed && clouds::of(&view.subject.kind).hashed.contains(&name) {
        return walk::find(name, &Value::Unknown(Unknown::because("the plan shows only a hash")));
    }
    walk::find(name, &value)
}

/// A value is judged by its name, and may hold a secret if it is encrypted.
fn named(view: &View<'_>, carrier: &str, encrypted: &Encrypted, value: &Value) -> Vec<Hit> {
    let is_encrypted = is_encrypted(view, encrypted);
    if is_encrypted.is_true() {
        return Vec::new();
    }
    let full = view.attribute(encrypted.name);
    let name = full.as_str().and_then(|name| name.rsplit('/').next()).unwrap_or("password");
    let mut hits = walk::find(carrier, &Value::object([(name.to_owned(), value.clone())]));
    for hit in &mut hits {
        carrier.clone_into(&mut hit.path);
        hit.doubt = hit.doubt.take().or_else(|| is_encrypted.unknown().cloned());
        hit.doubt = hit.doubt.take().or_else(|| full.doubt().cloned());
    }
    hits
}

fn is_encrypted(view: &View<'_>, encrypted: &Encrypted) -> Truth {
    view.attribute(encrypted.attribute).equals(encrypted.value)
}

/// What the configuration says, as far as it applies to this side: nothing for an attribute that
/// had another value before the change.
fn written(view: &View<'_>, name: &str) -> Value {
    if applies(view, name) { view.written(name) } else { Value::Null }
}

fn constant(view: &View<'_>, name: &str) -> Value {
    if applies(view, name) { view.constant(name) } else { Value::Null }
}

fn applies(view: &View<'_>, name: &str) -> bool {
    view.side == Side::After
        || if name == "provisioner" {
            !view.subject.actions().is_replace()
        } else {
            view.on(Side::After).attribute(name) == view.attribute(name)
        }
}

/// The paths of constants in the configuration, each with its text and why it may be none. The
/// planned value must be the constant itself; otherwise it was only derived from it.
fn constants(path: String, written: &Value, planned: &Value, tail: &str, found: &mut Vec<Found>) {
    match written {
        Value::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                let planned = match planned {
                    Value::List(_) => planned.index(i).into_owned(),
                    single => single.clone(),
                };
                constants(format!("{path}[{i}]"), item, &planned, tail, found);
            }
        }
        Value::Object(_) if !tail.is_empty() => {
            let (name, tail) = tail.split_once('.').unwrap_or((tail, ""));
            let below = format!("{path}.{name}");
            constants(below, &written.get(name), &planned.get(name), tail, found);
        }
        Value::String(text) if tail.is_empty() => {
            let unchanged = planned.as_str().is_none_or(|planned| planned == text);
            if unchanged && names::is_literal(text) {
                found.push((path, text.clone(), None));
            }
        }
        // The plan shows what a local or a function makes.
        Value::Unknown(why) if tail.is_empty() => match planned {
            Value::String(text) if names::is_literal(text) => {
                found.push((path, text.clone(), Some(why.clone())));
            }
            Value::List(list) => {
                for (i, item) in list.items.iter().enumerate() {
                    constants(format!("{path}[{i}]"), written, item, tail, found);
                }
            }
            _ => {}
        },
        Value::Unknown(_) => planned_below(path, written, planned, tail, found),
        _ => {}
    }
}

/// A path and its text, and why it may be no constant.
type Found = (String, String, Option<Unknown>);

/// Goes down a value of which the configuration shows no parts.
fn planned_below(
    path: String,
    written: &Value,
    planned: &Value,
    tail: &str,
    found: &mut Vec<Found>,
) {
    match planned {
        Value::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                planned_below(format!("{path}[{i}]"), written, item, tail, found);
            }
        }
        Value::Object(_) => {
            let (name, tail) = tail.split_once('.').unwrap_or((tail, ""));
            constants(format!("{path}.{name}"), written, &planned.get(name), tail, found);
        }
        _ => {}
    }
}
