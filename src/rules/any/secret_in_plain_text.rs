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
    /// A secret stands in plain text
    ///
    /// # What it checks
    /// What anybody reads who may look at a resource: user data (also behind base64), environments of
    /// functions, containers, builds and jobs, scripts, documents, stage variables, stack parameters,
    /// parameters of Systems Manager that are no `SecureString`, provisioners. It looks for
    ///
    /// - the forms that keys have: access keys of AWS, private keys, tokens of GitHub, GitLab, Slack,
    ///   Google, Stripe and others, addresses with a password, forty disordered characters as AWS makes
    ///   its secret keys;
    /// - values under the name of a secret (`DB_PASSWORD`, `apiKey`), in an environment or set in a
    ///   script. A reference to the secret (an ARN, a path, `$NAME`, `{{resolve:...}}`) is none. A value
    ///   that is not known yet and is no identifier is *undetermined*;
    /// - a file `.aws/credentials` that a script or provisioner puts on a machine.
    ///
    /// And attributes that are meant for a secret, such as `password`: there, a value from a variable
    /// or a generator is fine, and a constant in the configuration is not, also one that comes as an
    /// argument of a module or the default of a variable.
    ///
    /// Before version 6 the provider shows the user data of instances as a hash. The text behind it is
    /// judged where the configuration or the source (`--source`) holds it, and is *undetermined* where
    /// nothing does. So are user data, environments and container definitions that are not known as a
    /// whole; the source mostly tells what is in them. Other documents that are not known are not
    /// judged. Sensitive marks do not matter: they hide a value from the terminal and from nobody else.
    /// No report shows the value or quotes its line.
    /// # Why
    /// User data and environments are read with the weakest permissions there are, stay in every
    /// version, and end up in states, logs and crash reports; what stands in a repository is read by
    /// everybody who ever clones it. High, because what it opens depends on the secret.
    /// # How to fix
    /// Let the program fetch the secret with its role, and take the old one out of use: it has been read.
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
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let Some(place) = secrets::place(&view.subject.kind) else { return };
    let environments = clouds::of(&view.subject.kind).secrets.environments;
    for name in place.carriers {
        for hit in carried(view, name, place.encrypted.as_ref()) {
            // What is not known may hold anything; only here it mostly holds settings.
            if hit.what.is_some() || environments.contains(name) {
                answer(answers, hit);
            }
        }
    }
    // Such a resource is a place for secrets only when it is encrypted.
    if place.encrypted.as_ref().is_some_and(|encrypted| !is_encrypted(view, encrypted).is_true()) {
        return;
    }
    for path in place.secrets {
        let (name, tail) = path.split_once('.').unwrap_or((path, ""));
        let written = written(view, name);
        if written.is_null() {
            continue;
        }
        let planned = view.attribute(name);
        let mut found = Vec::new();
        constants(name.to_owned(), &written, &planned, tail, &mut found);
        for path in found {
            let message = "the configuration holds the secret itself";
            answers.violated(path, message);
        }
    }
}

fn answer(answers: &mut Answers, hit: Hit) {
    let Hit { path, name, what, doubt } = hit;
    let message = match what {
        Some(what) => format!("{what} stands in plain text"),
        None => "a secret may stand in plain text".to_owned(),
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

/// What an attribute carries. A hash that nobody knows the text of may stand for anything.
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

/// A value is read under its name, and holds a secret lawfully when it is encrypted.
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

/// What the configuration writes, as far as it tells something about this side: nothing of an
/// attribute that had another value before the change.
fn written(view: &View<'_>, name: &str) -> Value {
    let same = view.side == Side::After
        || if name == "provisioner" {
            !view.subject.actions.is_replace()
        } else {
            view.on(Side::After).attribute(name) == view.attribute(name)
        };
    if same { view.written(name) } else { Value::Null }
}

/// The paths of constants that are set for good: what stands in the plan must be the constant, else
/// it was made from it.
fn constants(path: String, written: &Value, planned: &Value, tail: &str, found: &mut Vec<String>) {
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
            let stands = planned.as_str().is_none_or(|own| own == text);
            if stands && names::is_literal(text) {
                found.push(path);
            }
        }
        _ => {}
    }
}
