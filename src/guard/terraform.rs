//! Terraform's types and the resource types of IAM that they are, in `catalogue/terraform.tsv`; and
//! the settings of an account, in `catalogue/settings.tsv`.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// What a Terraform type is to IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The Terraform type.
    pub name: &'static str,
    /// The service.
    pub service: &'static str,
    /// The resource types; none for a setting of the account or what has no type.
    pub kinds: Vec<&'static str>,
    /// The attribute that names the thing whose tags decide, for a child without tags of its own.
    pub parent: Option<&'static str>,
    /// Whether it stands for whatever its attribute names (`aws_ec2_tag`).
    pub is_any: bool,
    /// Whether a person looked at it; else the names alone say so.
    pub reviewed: bool,
}

fn table() -> &'static FxHashMap<&'static str, Mapping> {
    static MAPPINGS: OnceLock<FxHashMap<&'static str, Mapping>> = OnceLock::new();
    MAPPINGS.get_or_init(|| {
        let lines = include_str!("../../catalogue/terraform.tsv").lines();
        let rows = lines.filter(|line| !line.starts_with('#')).filter_map(|line| {
            let mut fields = line.split('\t');
            let (name, service, kinds) = (fields.next()?, fields.next()?, fields.next()?);
            let parent = fields.next().filter(|text| !text.is_empty());
            let mapping = Mapping {
                name,
                service,
                kinds: kinds.split(',').filter(|kind| !matches!(*kind, "-" | "*")).collect(),
                parent,
                is_any: kinds == "*",
                reviewed: fields.next() == Some("reviewed"),
            };
            Some((name, mapping))
        });
        rows.collect()
    })
}

/// What a Terraform type is to IAM; `None` for a type that the table does not have.
#[must_use]
pub fn mapping(kind: &str) -> Option<&'static Mapping> {
    table().get(kind)
}

/// All mappings, by name.
#[must_use]
pub fn mappings() -> Vec<&'static Mapping> {
    let mut mappings: Vec<&Mapping> = table().values().collect();
    mappings.sort_by_key(|mapping| mapping.name);
    mappings
}

/// The verbs that change a setting of the account; none for a type that is none.
#[must_use]
pub fn setting(kind: &str) -> &'static [&'static str] {
    static SETTINGS: OnceLock<FxHashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    let table = SETTINGS.get_or_init(|| {
        let lines = include_str!("../../catalogue/settings.tsv").lines();
        lines
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('\t'))
            .map(|(kind, verbs)| (kind, verbs.split(' ').collect()))
            .collect()
    });
    table.get(kind).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::catalogue;
    use super::*;

    #[test]
    fn every_row_names_what_the_catalogue_has() {
        for mapping in mappings() {
            let service = catalogue().service(mapping.service);
            let service = service.unwrap_or_else(|| panic!("{}", mapping.name));
            for kind in &mapping.kinds {
                assert!(service.kind(kind).is_some(), "{}: {kind}", mapping.name);
            }
        }
        assert!(mappings().iter().filter(|mapping| mapping.reviewed).count() >= 300);
    }

    #[test]
    fn every_setting_names_verbs_that_the_catalogue_has() {
        let lines = include_str!("../../catalogue/settings.tsv").lines();
        let mut seen = 0;
        for line in lines.filter(|line| !line.starts_with('#')) {
            let kind = line.split('\t').next().unwrap();
            assert!(!setting(kind).is_empty(), "{kind}");
            for verb in setting(kind) {
                assert!(catalogue().action(verb).is_some(), "{kind}: {verb}");
            }
            seen += 1;
        }
        assert!(seen > 30);
    }

    #[test]
    fn a_child_and_its_parent() {
        let rule = mapping("aws_security_group_rule").unwrap();
        assert_eq!((rule.service, rule.kinds.as_slice()), ("ec2", ["security-group"].as_slice()));
        assert_eq!(rule.parent, Some("security_group_id"));
        assert!(mapping("aws_ebs_encryption_by_default").unwrap().kinds.is_empty());
        assert!(mapping("aws_ec2_tag").unwrap().is_any);
    }
}
