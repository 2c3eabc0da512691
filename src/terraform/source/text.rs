//! Texts in the normal form of Unicode in which Terraform keeps them (go-cty, `NormalizeString`), and
//! what Go's tables of Unicode certainly say as Rust's do.

use std::borrow::Cow;

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::model::value::Unknown;

/// A text in normal form.
pub(super) enum Normal {
    Text(String),
    /// It has characters that are younger than some tables.
    Doubt,
}

/// Why a text is not known.
pub(super) fn doubt() -> Unknown {
    Unknown::because("is text whose characters holdpoint cannot treat as Terraform does")
}

/// A text in normal form C. Old characters keep their decomposition for ever; a mark that is not
/// among the common ones may be too young for Terraform's tables.
pub(super) fn normal(text: Cow<'_, str>) -> Normal {
    if text.is_ascii() {
        return Normal::Text(text.into_owned());
    }
    if text.chars().any(is_young) {
        return Normal::Doubt;
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Normal::Text(text.into_owned()),
        _ => Normal::Text(text.nfc().collect()),
    }
}

/// Whether Unicode may have given a character its place in normal forms lately. The combining marks
/// of U+0300 to U+036F are those of version 5; whatever decomposes in the first plane is as old.
fn is_young(c: char) -> bool {
    let mark = canonical_combining_class(c) != 0 && !('\u{300}'..='\u{36f}').contains(&c);
    mark || (c > '\u{ffff}' && is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes)
}

/// Whether the first character may melt into a text before it.
pub(super) fn may_join(text: &str) -> bool {
    text.chars().next().is_some_and(|c| {
        !c.is_ascii()
            && (is_combining_mark(c) || is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes)
    })
}

/// Whether each character is one that a user would count, and none takes part in a longer one: then
/// lengths, parts and reversals are those of characters.
pub(super) fn is_countable(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' '..='~' | '\t' | '\n' | '\u{c0}'..='\u{24f}'))
        || (text.is_ascii() && !text.contains('\r'))
}

/// Changes the case of each character as Go does, which knows no rules for several characters.
/// `None` where the tables may differ.
pub(super) fn cased(text: &str, upper: bool) -> Option<String> {
    text.chars().map(|c| cased_char(c, upper)).collect()
}

fn cased_char(c: char, upper: bool) -> Option<char> {
    if c.is_ascii() {
        return Some(if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
    }
    let mut changed: Vec<char> =
        if upper { c.to_uppercase().collect() } else { c.to_lowercase().collect() };
    match (changed.pop(), changed.is_empty()) {
        (Some(to), true) if to == c && c <= '\u{2bff}' => Some(c),
        (Some(to), true) if to == c && (!c.is_alphabetic() || is_without_case(c)) => Some(c),
        (Some(to), true) if c < '\u{250}' && to < '\u{250}' => Some(to),
        (Some(to), true)
            if ('\u{370}'..'\u{530}').contains(&c) && ('\u{370}'..'\u{530}').contains(&to) =>
        {
            Some(to)
        }
        _ => None,
    }
}

/// Kana, ideographs, Yi and Hangul.
fn is_without_case(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}')
}

/// Upper case for the first letter of each word, as Go's `strings.Title` finds words.
pub(super) fn titled(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let mut start = true;
    let titled = text.chars().map(|c| {
        let to = if start { c.to_ascii_uppercase() } else { c };
        start = !(c.is_ascii_alphanumeric() || c == '_');
        to
    });
    Some(titled.collect())
}
