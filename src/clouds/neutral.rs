//! Providers with nothing behind them that a gate could judge: `catalogue/neutral-providers.tsv`.

/// The list: an address and the reason, a line each; lines that begin with `#` are comments.
const LIST: &str = include_str!("../../catalogue/neutral-providers.tsv");

/// The registries whose namespace `hashicorp` belongs to HashiCorp.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Whether a provider holds nothing that could be judged.
///
/// `provider` is the source address that the plan states. Anybody may publish a provider `random`, so
/// the namespace and the registry count. Plans of old formats state only the short name: then there
/// is nobody else it could be.
#[must_use]
pub fn is_neutral(provider: &str) -> bool {
    let in_registry = REGISTRIES
        .iter()
        .find_map(|registry| provider.strip_prefix(registry)?.strip_prefix('/'))
        .filter(|address| address.starts_with("hashicorp/"));
    addresses().any(|address| {
        let is_built_in = !address.starts_with("hashicorp/");
        in_registry == Some(address)
            || (is_built_in && provider == address)
            || Some(provider) == address.rsplit('/').next()
    })
}

fn addresses() -> impl Iterator<Item = &'static str> {
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split('\t').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_provider_is_neutral() {
        for provider in [
            "registry.terraform.io/hashicorp/random",
            "registry.opentofu.org/hashicorp/null",
            "terraform.io/builtin/terraform",
            "random",
            "terraform",
        ] {
            assert!(is_neutral(provider), "{provider}");
        }
        for provider in [
            "registry.terraform.io/evil/random",
            "example.com/hashicorp/random",
            "evil/random",
            "hashicorp/random",
            "registry.terraform.io/terraform.io/builtin/terraform",
            "registry.terraform.io/hashicorp/aws",
            "registry.terraform.io/hashicorp/randomness",
            "registry.terraform.iohashicorp/random",
            "random/",
            "",
        ] {
            assert!(!is_neutral(provider), "{provider}");
        }
    }

    #[test]
    fn every_line_has_an_address_and_a_reason() {
        let lines = LIST.lines().filter(|line| !line.starts_with('#'));
        let mut addresses = Vec::new();
        for line in lines {
            let (address, reason) = line.split_once('\t').expect(line);
            assert!(reason.len() > 10 && !reason.contains('\t'), "{line}");
            addresses.push(address);
        }
        assert!(addresses.is_sorted() && addresses.len() > 5);
        addresses.dedup();
        assert_eq!(addresses.len(), super::addresses().count());
    }
}
