//! One table of holdpoint.toml: typed access that notes every mistake with its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, nearest};

/// A table, and what it is called in messages.
pub(super) struct Table<'t> {
    /// `[gate]`, `[[waiver]]`, ...
    pub(super) name: String,
    /// Where it stands.
    pub(super) span: Range<usize>,
    entries: &'t DeTable<'t>,
}

/// A value with its place.
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

impl<'t> Table<'t> {
    pub(super) fn new(
        name: impl Into<String>,
        span: Range<usize>,
        entries: &'t DeTable<'t>,
    ) -> Self {
        Self { name: name.into(), span, entries }
    }

    /// The value as a table; a fault when it is something else.
    pub(super) fn of(
        name: impl Into<String>,
        value: &'t Spanned<DeValue<'t>>,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let name = name.into();
        match value.get_ref() {
            DeValue::Table(entries) => Some(Self::new(name, value.span(), entries)),
            other => {
                faults.push(wrong_type(&name, "a table", other, value.span()));
                None
            }
        }
    }

    /// All keys with their places.
    pub(super) fn keys(&self) -> impl Iterator<Item = At<&'t str>> {
        self.entries.keys().map(|key| At { value: key.get_ref().as_ref(), span: key.span() })
    }

    pub(super) fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// Refuses keys other than these.
    pub(super) fn only(&self, known: &[&str], faults: &mut Vec<Fault>) {
        for key in self.keys().filter(|key| !known.contains(&key.value)) {
            faults.push(Fault {
                code: "config::unknown-key",
                message: format!("unknown key `{}` in {}", key.value, self.name),
                help: Some(match nearest(key.value, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known keys are {}", listed(known)),
                }),
                span: key.span,
            });
        }
    }

    pub(super) fn text(&self, key: &str, faults: &mut Vec<Fault>) -> Option<At<&'t str>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(At { value: text.as_ref(), span: value.span() }),
            other => self.refuse(key, "a string", other, value.span(), faults),
        }
    }

    pub(super) fn flag(&self, key: &str, faults: &mut Vec<Fault>) -> Option<bool> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => self.refuse(key, "true or false", other, value.span(), faults),
        }
    }

    pub(super) fn int(&self, key: &str, faults: &mut Vec<Fault>) -> Option<At<i64>> {
        let value = self.get(key)?;
        match integer(value.get_ref()) {
            Some(number) => Some(At { value: number, span: value.span() }),
            None => self.refuse(key, "an integer", value.get_ref(), value.span(), faults),
        }
    }

    pub(super) fn texts(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Vec<At<&'t str>>> {
        self.each(key, "a list of strings", faults, |value| value.as_str())
    }

    pub(super) fn ints(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Vec<At<i64>>> {
        self.each(key, "a list of integers", faults, integer)
    }

    /// A day; written as a TOML date or as a text.
    pub(super) fn day(&self, key: &str, faults: &mut Vec<Fault>) -> Option<At<jiff::civil::Date>> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(moment) => moment.to_string(),
            other => return self.refuse(key, "a date", other, value.span(), faults),
        };
        // The detour refuses times of day and other spellings: a waiver ends with a day.
        match text.parse::<jiff::civil::Date>() {
            Ok(day) if day.to_string() == text => Some(At { value: day, span: value.span() }),
            _ => {
                faults.push(Fault {
                    code: "config::bad-date",
                    message: format!("`{text}` is not a date"),
                    help: Some("write it as YYYY-MM-DD, such as 2026-12-31".to_owned()),
                    span: value.span(),
                });
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let text = self.text(key, faults)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        faults.push(Fault {
            code: "config::bad-value",
            message: format!("`{}` is not a valid value of `{key}`", text.value),
            help: Some(match nearest(text.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("choose one of {}", listed(&known)),
            }),
            span: text.span,
        });
        None
    }

    fn each<T>(
        &self,
        key: &str,
        wanted: &str,
        faults: &mut Vec<Fault>,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<Vec<At<T>>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return self.refuse(key, wanted, value.get_ref(), value.span(), faults);
        };
        let mut list = Vec::with_capacity(items.len());
        for item in items.iter() {
            match read(item.get_ref()) {
                Some(value) => list.push(At { value, span: item.span() }),
                None => return self.refuse(key, wanted, item.get_ref(), item.span(), faults),
            }
        }
        Some(list)
    }

    fn refuse<T>(
        &self,
        key: &str,
        wanted: &str,
        got: &DeValue<'_>,
        span: Range<usize>,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        faults.push(wrong_type(&format!("`{key}` in {}", self.name), wanted, got, span));
        None
    }
}

fn wrong_type(name: &str, wanted: &str, got: &DeValue<'_>, span: Range<usize>) -> Fault {
    Fault {
        code: "config::wrong-type",
        message: format!("{name} must be {wanted}, found {}", got.type_str()),
        help: None,
        span,
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// `a`, `b`, `c`
pub(super) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
