//! What can be known of a cloud. Tables, so that asking costs a search and no more.

use super::account::Account;
use super::blocks::Blocks;
use super::documents::Document;
use super::keys::Keys;
use super::secrets::Secrets;
use crate::model::subject::Mode;

/// One cloud, as far as the reading and the judging of a plan depends on it.
pub struct Cloud {
    /// What its types begin with, before the first `_`: `aws` of `aws_vpc`. Its providers are named
    /// so, too.
    pub families: &'static [&'static str],
    /// Types whose identifiers the cloud generates, sorted.
    pub generated: &'static [&'static str],
    /// The identifiers of such types, each one value, not empty, and without a wildcard; see
    /// [`Unknown::plain`](crate::model::value::Unknown::plain).
    pub identifiers: &'static [&'static str],
    /// Data sources, and the attribute by which they tell of the account and region of the plan:
    /// identifiers of the same sort.
    pub surroundings: &'static [(&'static str, &'static str)],
    /// Attributes by which a resource is named without knowing its type.
    pub ids: &'static [&'static str],
    /// Attributes by which a resource is named where its type is known.
    pub names: &'static [&'static str],
    /// Computed attributes that repeat a configured one: how the types begin, the one, the other.
    pub repeats: &'static [(&'static str, &'static str, &'static str)],
    /// How types end that are a part of another resource, or are attached to one.
    pub parts: &'static [&'static str],
    /// The attributes of such parts that name the whole.
    pub wholes: &'static [&'static str],
    /// Attributes of which a plan may show the SHA-1 in hexadecimal instead of the text.
    pub hashed: &'static [&'static str],
    /// The block of a provider's configuration and the map in it that label all it creates.
    pub default_tags: Option<(&'static str, &'static str)>,
    /// How the configuration of a provider tells of its account.
    pub account: Account,
    /// The blocks of its types.
    pub blocks: &'static Blocks,
    /// Data sources that only compose a document.
    pub documents: &'static [Document],
    /// Data sources that look up a document which stands outside of the plan.
    pub lookups: &'static [&'static str],
    /// Encryption keys.
    pub keys: Keys,
    /// Where secrets end up.
    pub secrets: Secrets,
}

impl Cloud {
    /// Whether an attribute that is unknown until apply is a generated identifier. The author must
    /// not set it: what an author may write can be a wildcard. `kind` has no prefix.
    #[must_use]
    pub fn is_identifier(&self, mode: Mode, kind: &str, attribute: &str) -> bool {
        match mode {
            Mode::Managed => {
                self.identifiers.contains(&attribute) && self.generated.binary_search(&kind).is_ok()
            }
            Mode::Data => self.surroundings.contains(&(kind, attribute)),
            Mode::Provider | Mode::Module | Mode::Output => false,
        }
    }

    /// Whether this attribute of a resource stands for the resource; so does no attribute at all.
    #[must_use]
    pub fn identifies(&self, attribute: &str) -> bool {
        attribute.is_empty() || self.names.contains(&attribute)
    }

    /// The configured attribute that a computed one repeats, or the attribute itself.
    #[must_use]
    pub fn repeated<'n>(&self, kind: &str, attribute: &'n str) -> &'n str {
        let found = self
            .repeats
            .iter()
            .find(|(start, computed, _)| *computed == attribute && kind.starts_with(start));
        found.map_or(attribute, |(_, _, configured)| configured)
    }

    /// Whether a type is a part of another resource, or is attached to one.
    #[must_use]
    pub fn is_part(&self, kind: &str) -> bool {
        self.parts.iter().any(|end| kind.ends_with(end))
    }
}
