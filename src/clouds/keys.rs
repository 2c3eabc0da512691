//! Encryption keys: whether one is the customer's own or one that the provider manages.

/// What is known of the keys of a cloud.
pub struct Keys {
    /// Types that are keys of the customer, or names of them.
    pub customer: &'static [&'static str],
    /// Data sources that find a key, and the attribute by which they are asked for it.
    pub lookups: &'static [(&'static str, &'static str)],
    /// The attributes of such a data source by which others name the key.
    pub names: &'static [&'static str],
    /// How the names begin that are reserved for the keys that the provider manages.
    pub reserved: &'static [&'static str],
    /// What stands in a full name that names a key by its id, and so by no reserved name.
    pub by_id: &'static [&'static str],
}

impl Keys {
    /// Whether a name is reserved, by itself or at the end of a full name (after a `:`).
    #[must_use]
    pub fn is_reserved(&self, name: &str) -> bool {
        let begins = |at: usize| at == 0 || name.as_bytes().get(at - 1) == Some(&b':');
        self.reserved.iter().any(|start| name.match_indices(start).any(|(at, _)| begins(at)))
    }

    /// Whether a reserved name stands anywhere in a text.
    #[must_use]
    pub fn holds_reserved(&self, text: &str) -> bool {
        self.reserved.iter().any(|start| text.contains(start))
    }

    /// The attribute by which a data source, with its prefix `data.`, is asked for a key.
    #[must_use]
    pub fn asked_by(&self, kind: &str) -> Option<&'static str> {
        let bare = kind.strip_prefix("data.")?;
        self.lookups.iter().find(|(own, _)| *own == bare).map(|(_, attribute)| *attribute)
    }
}
