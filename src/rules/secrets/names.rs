//! Names that secrets have (`DB_PASSWORD`), and values that only lead to one.

use crate::clouds::secrets;

/// Words that make a name one of a secret.
const WORDS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "passwords",
    "pwd",
    "secret",
    "token",
    "apikey",
    "credential",
    "credentials",
    "psk",
    "secretkey",
];

/// Words of a name that are one when the next is `key`.
const BEFORE_KEY: [&str; 10] = [
    "api",
    "app",
    "access",
    "private",
    "secret",
    "auth",
    "signing",
    "encryption",
    "master",
    "account",
];

/// Last words that make it the name of something about the secret.
const ABOUT: &[&str] = &[
    "age",
    "alg",
    "algorithm",
    "audience",
    "bucket",
    "cache",
    "class",
    "column",
    "command",
    "count",
    "days",
    "dir",
    "duration",
    "enabled",
    "disabled",
    "endpoint",
    "expiration",
    "expires",
    "expiry",
    "field",
    "file",
    "filename",
    "fingerprint",
    "format",
    "from",
    "header",
    "host",
    "hostname",
    "hours",
    "id",
    "ids",
    "issuer",
    "kind",
    "length",
    "lifetime",
    "limit",
    "location",
    "manager",
    "max",
    "message",
    "min",
    "minutes",
    "mode",
    "name",
    "names",
    "param",
    "parameter",
    "path",
    "paths",
    "policy",
    "prefix",
    "provider",
    "queue",
    "ref",
    "reference",
    "region",
    "required",
    "reset",
    "rotation",
    "scope",
    "scopes",
    "seconds",
    "service",
    "size",
    "source",
    "state",
    "status",
    "store",
    "suffix",
    "table",
    "timeout",
    "topic",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "username",
    "validity",
    "version",
];

/// Words that say that nobody can read it without another secret.
const CLOSED: [&str; 3] = ["encrypted", "sealed", "wrapped"];

/// First words that make it a question or a limit.
const ASKING: [&str; 11] = [
    "allow", "disable", "enable", "generate", "has", "is", "manage", "max", "min", "require", "use",
];

/// Whether a name is that of a secret: `DB_PASSWORD`, `apiKey`, `client-secret`; not `SECRET_ARN`,
/// `TOKEN_TTL`, `require_password`, `encrypted_password`.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    if !has_a_part(name) {
        return false;
    }
    let words = words(name);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    if ABOUT.contains(&last.as_str())
        || secrets::is_about(last)
        || ASKING.contains(&first.as_str())
        || words.iter().any(|word| CLOSED.contains(&word.as_str()))
    {
        return false;
    }
    let glued = ["password", "passwd", "secret", "token", "apikey", "secretkey", "accesskey"];
    let named = |word: &String| {
        WORDS.contains(&word.as_str()) || glued.iter().any(|end| word.ends_with(end))
    };
    let key = words
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if b == "key" && BEFORE_KEY.contains(&a.as_str())));
    words.iter().any(named) || key
}

/// Whether a name has any part that the name of a secret has; most have none.
fn has_a_part(name: &str) -> bool {
    const PARTS: [&[u8]; 8] =
        [b"pass", b"pwd", b"secret", b"token", b"key", b"credential", b"psk", b"auth"];
    let name = name.as_bytes();
    PARTS.iter().any(|part| name.windows(part.len()).any(|at| at.eq_ignore_ascii_case(part)))
}

/// The words of a name, in lower case; a change from lower to upper case starts one.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars().take(200) {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && lower);
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        lower = c.is_lowercase();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Values that say that there is none.
const NOTHING: [&str; 12] = [
    "",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "none",
    "null",
    "nil",
    "string",
    "securestring",
];

/// Whether a value can be the secret itself, and not what leads to it.
#[must_use]
pub fn is_literal(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_lowercase();
    !NOTHING.contains(&lower.as_str())
        && !secrets::leads(value)
        && !["${", "$(", "{{"].iter().any(|hole| value.contains(hole))
        && !value.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_about_them() {
        for name in [
            "DB_PASSWORD",
            "password",
            "dbPassword",
            "MYSQL_ROOT_PASSWORD",
            "apiKey",
            "api-key",
            "client_secret",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "VARNAMESECRET",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "DB_PASSWORD_SECRET_ARN",
            "SECRET_NAME",
            "TOKEN_TTL",
            "PASSWORD_MIN_LENGTH",
            "manage_master_user_password",
            "requirePassword",
            "KEY",
            "public_key",
            "PARTITION_KEY",
            "TOKENIZER",
            "SECRETS_MANAGER_ENDPOINT",
            "iam_access_key_encrypted_secret",
            "iam_access_key_status",
            "access_key_fingerprint",
            "password_decrypt_command",
            "",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn what_leads_to_a_secret_is_not_it() {
        for value in ["hunter2", "changeme", "a b c"] {
            assert!(is_literal(value), "{value}");
        }
        for value in [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
            "/prod/db/password",
            "${PASSWORD}",
            "$PASSWORD",
            "{{resolve:ssm-secure:x:1}}",
            "3600",
            "true",
            "",
            "https://issuer.example.com",
        ] {
            assert!(!is_literal(value), "{value}");
        }
    }
}
