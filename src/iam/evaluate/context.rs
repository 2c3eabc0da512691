//! The keys that a request carries.

use std::collections::BTreeMap;

/// The values of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) items: Vec<String>,
    /// Whether the key takes several values (`aws:TagKeys`), however many there are now.
    pub(super) is_list: bool,
}

/// The keys that a request carries, with their values. Names ignore case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    entries: BTreeMap<String, Values>,
}

impl Context {
    /// No key at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a key its one value.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        let values = Values { items: vec![value.into()], is_list: false };
        self.entries.insert(key.to_ascii_lowercase(), values);
    }

    /// Gives a key that takes several values its values. AWS does not tell none from absent.
    pub fn set_list(&mut self, key: &str, items: Vec<String>) {
        if items.is_empty() {
            self.entries.remove(&key.to_ascii_lowercase());
        } else {
            self.entries.insert(key.to_ascii_lowercase(), Values { items, is_list: true });
        }
    }

    /// The same with a key and its one value more.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, value);
        self
    }

    /// The same with a key and its list of values more.
    #[must_use]
    pub fn with_list(mut self, key: &str, items: Vec<String>) -> Self {
        self.set_list(key, items);
        self
    }

    /// Takes a key out; true when it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.entries.remove(&key.to_ascii_lowercase()).is_some()
    }

    /// Whether it has the key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The one value of a key.
    #[must_use]
    pub fn single(&self, key: &str) -> Option<&str> {
        let values = self.get(key)?;
        if values.is_list { None } else { values.items.first().map(String::as_str) }
    }

    /// The names of its keys, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Takes over what another one has.
    pub fn extend(&mut self, other: &Context) {
        for (key, values) in &other.entries {
            self.entries.insert(key.clone(), values.clone());
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Values> {
        if key.bytes().any(|b| b.is_ascii_uppercase()) {
            self.entries.get(&key.to_ascii_lowercase())
        } else {
            self.entries.get(key)
        }
    }
}
