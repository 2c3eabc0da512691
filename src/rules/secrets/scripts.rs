//! Scripts and configuration files within a value: who sets a secret there.

use super::{forms, names};

/// What a script gives away, if it gives something away.
#[must_use]
pub fn find(text: &str) -> Option<&'static str> {
    if let Some(what) = forms::find(text) {
        return Some(what);
    }
    if text.lines().any(sets_a_secret) {
        return Some("a value named like a secret");
    }
    // Keys that are put on a machine, wherever they come from: it should have a role.
    (text.contains(".aws/credentials")).then_some("a file with AWS credentials")
}

/// How many layers of base64 and gzip are taken off.
const LAYERS: u32 = 4;
/// Most bytes that are looked through of one text, with all that is unpacked of it.
const BUDGET: usize = 4 << 20;

/// What a text gives away, also behind base64 and gzip.
#[must_use]
pub fn find_within(text: &str) -> Option<&'static str> {
    within(text, LAYERS, &mut BUDGET.clone())
}

fn within(text: &str, layers: u32, budget: &mut usize) -> Option<&'static str> {
    *budget = budget.checked_sub(text.len())?;
    if let found @ Some(_) = find(text) {
        return found;
    }
    let layers = layers.checked_sub(1)?;
    forms::unwrapped(text).iter().find_map(|inner| within(inner, layers, budget))
}

/// Whether a line sets something with the name of a secret to a text of its own: `export
/// DB_PASSWORD=hunter2`, `password: hunter2`, `"password": "hunter2"`, `--token=abc`.
fn sets_a_secret(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with('#') || line.starts_with("//") {
        return false;
    }
    line.char_indices().filter(|(_, c)| matches!(c, '=' | ':')).any(|(at, sign)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + 1..).unwrap_or_default();
        let spaced = before.ends_with(' ') || sign == ':';
        let Some(name) = name_before(before, spaced) else { return false };
        // Comparisons (`==`, `!=`), addresses (`://`) and `:=` set nothing.
        if after.starts_with(['=', ':', '/', '-', '+', '?']) || !names::is_secret(name) {
            return false;
        }
        value_after(after, spaced).is_some_and(names::is_literal)
    })
}

/// The name that ends here. With spaces or a colon it must be the first word of the line, as in a
/// file of settings; the colon form may be quoted.
fn name_before(before: &str, spaced: bool) -> Option<&str> {
    let trimmed = before.trim_end().trim_end_matches(['"', '\'']);
    let of_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let start = trimmed.char_indices().rev().take_while(|(_, c)| of_name(*c)).last()?.0;
    let name = trimmed.get(start..)?.trim_start_matches('-');
    let head = trimmed.get(..start)?;
    let first = head.chars().all(|c| c.is_whitespace() || "-\"'{,[(".contains(c))
        || head.ends_with(['"', '\'', ',', '{']);
    (!spaced || first).then_some(name)
}

/// The value that starts here, without its quotes; nothing for a call or an index of a program.
fn value_after(after: &str, spaced: bool) -> Option<&str> {
    let after = after.trim_start();
    if let Some(quote) = after.chars().next().filter(|c| "\"'".contains(*c)) {
        let inner = after.get(1..)?;
        return inner.get(..inner.find(quote).unwrap_or(inner.len()));
    }
    let end = after.find(|c: char| c.is_whitespace() || ";,\"'&|)}]>".contains(c));
    let value = after.get(..end.unwrap_or(after.len()))?;
    let program = value.contains(['(', '[', '{']) || (spaced && after.starts_with("!"));
    (!program).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_secrets_are_found() {
        for text in [
            "export AWS_SECRET_ACCESS_KEY=your_key_here",
            "aws_secret_access_key = somesecret",
            "  password: hunter2",
            "{\"user\": \"a\", \"password\": \"hunter2\"}",
            "DB_PASSWORD='hunter2' ./start",
            "curl -H x --token=abcdef",
            " - [ sh, -c, \"echo export AWS_SECRET_ACCESS_KEY=my-secret >> ~/.bashrc\" ]",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn scripts_that_fetch_their_secrets_are_fine() {
        for text in [
            "export GREETING=hello",
            "TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token)",
            "TOKEN=`curl http://169.254.169.254/latest/api/token`",
            "DB_PASSWORD=$1",
            "if [ \"$TOKEN\" == \"\" ]; then exit 1; fi",
            "password = os.environ[\"DB_PASSWORD\"]",
            "token = fetch()",
            "# password: ask the team",
            "PASSWORD_FILE=/run/secrets/db",
            "password:",
            "read -s PASSWORD",
            "aws secretsmanager get-secret-value --secret-id db --query SecretString",
        ] {
            assert!(find(text).is_none(), "{text}");
        }
    }

    #[test]
    fn layers_are_taken_off() {
        let mut text = "export DB_PASSWORD=hunter2".to_owned();
        for _ in 0..LAYERS - 1 {
            text = super::super::forms::tests::encoded(&text);
            assert!(find_within(&format!("#!/bin/sh\necho {text} | base64 -d")).is_some());
        }
        let innocent = super::super::forms::tests::encoded("export GREETING=hello");
        assert!(find_within(&innocent).is_none());
    }

    #[test]
    fn long_lines_cost_little() {
        let text = "a=".repeat(20_000);
        assert!(find(&text).is_none());
    }
}
