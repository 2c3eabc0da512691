//! What is known of providers: one folder each, and the questions that the rest asks.
//!
//! A second cloud is a second folder and one line in [`CLOUDS`]. Outside of its folder and of the
//! rules about it, nobody names its types, attributes or services: they ask [`of`] a type.

pub(crate) mod account;
mod any;
pub(crate) mod aws;
pub(crate) mod blocks;
mod cloud;
pub(crate) mod documents;
pub(crate) mod keys;
mod neutral;
pub(crate) mod secrets;

pub use cloud::Cloud;
pub use neutral::is_neutral;

/// All clouds.
static CLOUDS: [&Cloud; 1] = [&aws::CLOUD];

/// What is known of the provider of a resource type (`aws_vpc`), a data source (`data.aws_vpc`) or
/// a provider's configuration (`provider.aws`); of one that has no folder, only what holds for all.
#[must_use]
pub fn of(kind: &str) -> &'static Cloud {
    let bare = kind.strip_prefix("data.").or_else(|| kind.strip_prefix("provider."));
    let bare = bare.unwrap_or(kind);
    let family = bare.split_once('_').map_or(bare, |(family, _)| family);
    let found = CLOUDS.iter().find(|cloud| cloud.families.contains(&family));
    found.copied().unwrap_or(&any::CLOUD)
}

/// The name of the provider of a managed resource, as it stands in its source address; plans that
/// state none are read by the beginning of the type, as Terraform does.
#[must_use]
pub fn provider_name<'s>(source_address: &'s str, kind: &'s str) -> &'s str {
    let by_address = source_address.rsplit('/').next().filter(|name| !name.is_empty());
    by_address.unwrap_or_else(|| kind.split_once('_').map_or(kind, |(family, _)| family))
}

/// Every cloud, and what holds for all.
pub fn all() -> impl Iterator<Item = &'static Cloud> {
    CLOUDS.iter().copied().chain([&any::CLOUD])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_leads_to_its_cloud_however_it_is_written() {
        for kind in ["aws_vpc", "data.aws_vpc", "provider.aws", "awscc_ec2_vpc"] {
            assert!(std::ptr::eq(of(kind), &aws::CLOUD), "{kind}");
        }
        for kind in ["awsx_vpc", "google_aws_x", "null_resource", "module", "", "data.", "_aws"] {
            assert!(std::ptr::eq(of(kind), &any::CLOUD), "{kind}");
        }
    }

    #[test]
    fn the_provider_is_the_one_that_the_address_names() {
        for (address, kind, name) in [
            ("registry.terraform.io/hashicorp/google-beta", "google_x", "google-beta"),
            ("example.com/evil/aws", "random_x", "aws"),
            ("google", "google_x", "google"),
            ("", "google_x", "google"),
            ("", "google", "google"),
        ] {
            assert_eq!(provider_name(address, kind), name, "{address} {kind}");
        }
    }

    #[test]
    fn a_family_belongs_to_one_cloud_and_its_types_are_of_it() {
        let mut families: Vec<&str> = all().flat_map(|cloud| cloud.families).copied().collect();
        let count = families.len();
        families.sort_unstable();
        families.dedup();
        assert_eq!(families.len(), count);
        for cloud in CLOUDS {
            let kinds = cloud.generated.iter().chain(cloud.keys.customer);
            let secrets = cloud.secrets.carriers.iter().chain(cloud.secrets.attributes);
            let kinds = kinds.chain(secrets.flat_map(|(kinds, _)| *kinds));
            for kind in kinds.chain(cloud.documents.iter().map(|document| &document.kind)) {
                assert!(std::ptr::eq(of(kind), cloud), "{kind}");
            }
            assert!(cloud.generated.is_sorted_by(|a, b| a < b), "the search needs order");
        }
    }
}
