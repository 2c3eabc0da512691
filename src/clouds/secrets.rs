//! Where secrets end up: attributes that carry an environment, settings or a script, and attributes
//! that are meant for a secret.

/// What is known of the secrets of a cloud.
pub struct Secrets {
    /// Where they end up. A type stands once.
    pub places: &'static [Place],
    /// Carriers that hold mostly settings: judged also where they are not known as a whole.
    pub environments: &'static [&'static str],
    /// Blocks and maps that hold many values: not known, they may hold anything.
    pub holders: &'static [&'static str],
    /// How values begin that lead to a secret, or that a program replaces.
    pub leads: &'static [&'static str],
    /// Words of the cloud that, at the end of a name, make it one of something about a secret.
    pub about: &'static [&'static str],
    /// Whether a text has the form of credentials, where they have one.
    pub is_credential: Option<fn(&str) -> bool>,
}

/// The attributes of some types.
pub struct Place {
    /// The resource types.
    pub kinds: &'static [&'static str],
    /// Attributes that anybody who may look at the resource can read: any secret is one too many.
    pub carriers: &'static [&'static str],
    /// Attributes for a secret, by path: fine, unless the configuration itself holds the value.
    pub secrets: &'static [&'static str],
    /// When the attributes are encrypted, if that is up to the resource.
    pub encrypted: Option<Encrypted>,
}

/// A resource that holds one value under a name, in plain text or encrypted.
pub struct Encrypted {
    /// The attribute that says whether it is encrypted.
    pub attribute: &'static str,
    /// What stands there when it is.
    pub value: &'static str,
    /// The attribute that names the value.
    pub name: &'static str,
}

/// The places of a type.
#[must_use]
pub fn place(kind: &str) -> Option<&'static Place> {
    super::of(kind).secrets.places.iter().find(|place| place.kinds.contains(&kind))
}

/// All types that have such places, sorted.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    let places = super::all().flat_map(|cloud| cloud.secrets.places);
    let mut kinds: Vec<&str> = places.flat_map(|place| place.kinds).copied().collect();
    kinds.sort_unstable();
    kinds
}

/// Whether a name is that of a block or map that holds many values, in any cloud: within a document
/// nobody tells whose it is.
#[must_use]
pub fn is_holder(name: &str) -> bool {
    super::all().any(|cloud| cloud.secrets.holders.contains(&name))
}

/// Whether a value leads to a secret, in any cloud.
#[must_use]
pub fn leads(value: &str) -> bool {
    super::all().any(|cloud| cloud.secrets.leads.iter().any(|lead| value.starts_with(lead)))
}

/// Whether a word, at the end of a name, makes it one of something about a secret, in any cloud.
#[must_use]
pub fn is_about(word: &str) -> bool {
    super::all().any(|cloud| cloud.secrets.about.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_stands_once() {
        assert!(kinds().is_sorted_by(|a, b| a < b), "{:?}", kinds());
        assert!(kinds().into_iter().all(|kind| place(kind).is_some()));
    }
}
