//! From text to [`Envelope`], or to the reason why this is no plan that can be judged.

use serde_json::value::RawValue;

use crate::terraform::read::change::present;
use crate::terraform::read::envelope::Envelope;
use crate::terraform::read::error::ReadError;

/// Nesting that no real plan reaches: a module call costs three levels.
const MAX_DEPTH: i64 = 500;

/// Reads the envelope and refuses whatever is not a whole plan.
///
/// # Errors
/// See [`ReadError`].
pub(in crate::terraform) fn envelope(
    text: &str,
    allow_partial: bool,
) -> Result<Envelope<'_>, ReadError> {
    let start = text.trim_start_matches(|c: char| c.is_ascii_whitespace());
    if start.is_empty() {
        return Err(ReadError::Empty);
    }
    if !start.starts_with('{') {
        return Err(not_an_object(start));
    }
    if too_deep(text.as_bytes()) {
        return Err(ReadError::TooDeep);
    }
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| reason(&error))?;
    whole_plan(&envelope, allow_partial)?;
    Ok(envelope)
}

fn not_an_object(text: &str) -> ReadError {
    let head: String = text.chars().take(200_000).collect();
    if head.contains("{\"format_version\"") {
        return ReadError::LeadingNoise;
    }
    let for_people = [
        "Terraform will perform",
        "OpenTofu will perform",
        "Terraform used the selected providers",
        "OpenTofu used the selected providers",
        "No changes. Your infrastructure",
        "Plan: ",
        "will be created",
        "will be destroyed",
        "# aws_",
    ];
    if for_people.iter().any(|phrase| head.contains(phrase)) {
        return ReadError::ShowText;
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => ReadError::NotAPlan,
        Err(_) => ReadError::NotJson,
    }
}

/// What a JSON error means. Its own text is not shown: it may quote a value.
pub(in crate::terraform) fn reason(error: &serde_json::Error) -> ReadError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    if error.is_eof() {
        ReadError::Truncated(line, column)
    } else if text.starts_with("trailing characters") {
        ReadError::TrailingJunk(line, column)
    } else if text.starts_with("duplicate ") {
        ReadError::DuplicateKey(line, column)
    } else if text.starts_with("recursion limit") {
        ReadError::TooDeep
    } else {
        ReadError::Malformed(line, column)
    }
}

fn whole_plan(envelope: &Envelope<'_>, allow_partial: bool) -> Result<(), ReadError> {
    if envelope.remote_plan_format.is_some() {
        return Err(ReadError::CloudPlan);
    }
    if envelope.level.is_some() {
        return Err(ReadError::JsonLog);
    }
    let has_plan_parts =
        envelope.resource_changes.is_some() || present(envelope.planned_values).is_some();
    if envelope.lineage.is_some() || (envelope.values.is_some() && !has_plan_parts) {
        return Err(ReadError::State);
    }
    let Some(version) = envelope.format_version.as_deref() else {
        return Err(ReadError::NotAPlan);
    };
    let mut numbers = version.split('.').map(str::parse::<u64>);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(0 | 1)), Some(Ok(_)), None) => {}
        _ => return Err(ReadError::FormatVersion(shown(version))),
    }
    if envelope.errored == Some(true) {
        return Err(ReadError::Errored);
    }
    if !has_plan_parts && present(envelope.configuration).is_none() {
        // `terraform show -json` of an empty state is `{"format_version":"1.0"}`.
        return Err(ReadError::NotAPlan);
    }
    let deferred = present(envelope.deferred_changes).is_some_and(|raw| !is_empty_list(raw));
    if !allow_partial && (envelope.complete == Some(false) || deferred) {
        return Err(ReadError::Partial);
    }
    // Terraform lists what it leaves alone as `no-op`: an empty list is as cut as a missing one.
    let listed = envelope.resource_changes.as_ref();
    let none = listed.is_none_or(|all| all.subjects.is_empty() && all.refused.is_none());
    if none && plans_resources(envelope.planned_values)? {
        return Err(ReadError::NoChanges);
    }
    Ok(())
}

/// A version as far as it is one: a plan's text is not repeated.
fn shown(version: &str) -> String {
    let plain = version.len() <= 12 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { version.to_owned() } else { "not a number".to_owned() }
}

fn is_empty_list(raw: &RawValue) -> bool {
    raw.get().trim_matches(['[', ']']).trim().is_empty()
}

/// Whether `planned_values` holds any managed resource.
fn plans_resources(planned: Option<&RawValue>) -> Result<bool, ReadError> {
    #[derive(serde::Deserialize)]
    struct Planned {
        #[serde(default)]
        root_module: Option<Module>,
    }
    #[derive(serde::Deserialize)]
    struct Module {
        #[serde(default)]
        resources: Vec<serde::de::IgnoredAny>,
        #[serde(default)]
        child_modules: Vec<Module>,
    }
    fn any(module: &Module) -> bool {
        !module.resources.is_empty() || module.child_modules.iter().any(any)
    }
    let Some(raw) = present(planned) else { return Ok(false) };
    let planned: Planned = serde_json::from_str(raw.get()).map_err(|error| reason(&error))?;
    Ok(planned.root_module.as_ref().is_some_and(any))
}

/// Whether brackets are nested deeper than [`MAX_DEPTH`].
///
/// A first pass over blocks of 64 bytes counts all brackets, also those inside texts, and looks
/// closer only when that could reach the limit: a real plan costs one vectorised sweep.
fn too_deep(bytes: &[u8]) -> bool {
    let mut depth: i64 = 0;
    let mut suspicious = false;
    for block in bytes.chunks(64) {
        let mut opened: u8 = 0;
        let mut closed: u8 = 0;
        for byte in block {
            // `[` and `{` differ in one bit, as do `]` and `}`.
            opened += u8::from(byte | 0x20 == b'{');
            closed += u8::from(byte | 0x20 == b'}');
        }
        suspicious |= depth + i64::from(opened) > MAX_DEPTH;
        depth = (depth + i64::from(opened) - i64::from(closed)).max(0);
    }
    suspicious && exactly_too_deep(bytes)
}

fn exactly_too_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut inside, mut escaped) = (0_i64, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' if !inside => depth -= 1,
            _ => {}
        }
    }
    false
}
