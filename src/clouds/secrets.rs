//! Where secrets end up: attributes that carry an environment, settings or a script, and attributes
//! that are meant for a secret.

/// Attributes of some types: the types, and the attributes of each.
pub type Places = &'static [(&'static [&'static str], &'static [&'static str])];

/// What is known of the secrets of a cloud.
pub struct Secrets {
    /// Attributes that anybody who may look at the resource can read: any secret is one too many.
    pub carriers: Places,
    /// Attributes for a secret, by path: fine, unless the configuration itself holds the value.
    pub attributes: Places,
    /// Types of which an attribute says whether their value is encrypted.
    pub encrypted: &'static [(&'static str, Encrypted)],
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

/// A resource that holds one value under a name, in plain text or encrypted.
pub struct Encrypted {
    /// The attribute that says whether it is encrypted.
    pub attribute: &'static str,
    /// What stands there when it is.
    pub value: &'static str,
    /// The attribute that names the value.
    pub name: &'static str,
}

/// The carriers of a type.
pub fn carriers(kind: &str) -> impl Iterator<Item = &'static str> {
    at(super::of(kind).secrets.carriers, kind)
}

/// The attributes of a type that are meant for a secret.
pub fn attributes(kind: &str) -> impl Iterator<Item = &'static str> {
    at(super::of(kind).secrets.attributes, kind)
}

fn at(places: Places, kind: &str) -> impl Iterator<Item = &'static str> {
    let here = places.iter().filter(move |(kinds, _)| kinds.contains(&kind));
    here.flat_map(|(_, attributes)| *attributes).copied()
}

/// What says whether the value of a type is encrypted, if that is up to the resource.
#[must_use]
pub fn encrypted(kind: &str) -> Option<&'static Encrypted> {
    let all = super::of(kind).secrets.encrypted;
    all.iter().find(|(own, _)| *own == kind).map(|(_, encrypted)| encrypted)
}

/// All types that have such places, sorted.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    let places = super::all()
        .flat_map(|cloud| cloud.secrets.carriers.iter().chain(cloud.secrets.attributes));
    let mut kinds: Vec<&str> = places.flat_map(|(kinds, _)| *kinds).copied().collect();
    kinds.sort_unstable();
    kinds.dedup();
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
    #[test]
    fn a_type_stands_once_in_each_list() {
        for cloud in crate::clouds::all() {
            for places in [cloud.secrets.carriers, cloud.secrets.attributes] {
                let mut kinds: Vec<&str> =
                    places.iter().flat_map(|(kinds, _)| *kinds).copied().collect();
                let count = kinds.len();
                kinds.sort_unstable();
                kinds.dedup();
                assert_eq!(kinds.len(), count);
            }
        }
    }
}
