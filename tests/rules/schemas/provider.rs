//! The reader of `fixtures/schemas/aws.txt.gz`, which tells of its own form in its first lines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::sync::OnceLock;

use holdpoint::rules::table::path::{Path, Step};

/// A set of provider versions, one bit for each.
pub(crate) type Versions = u32;

/// A resource type, block or attribute.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// The versions that have it.
    pub(crate) versions: Versions,
    /// Whether it has keys of any name.
    pub(crate) map: bool,
    /// Whether more lies below it than is known.
    pub(crate) open: bool,
    /// Whether it is unknown in a plan when it is not configured.
    pub(crate) computed: bool,
    /// What is in it.
    pub(crate) inside: BTreeMap<String, Node>,
}

impl Node {
    /// The versions that have what the steps lead to, from here.
    pub(crate) fn at(&self, steps: &[Step]) -> Versions {
        match steps.split_first() {
            None => self.versions,
            Some((Step::Index(_), tail)) => self.at(tail),
            Some((Step::Name(name), tail)) => match self.inside.get(name) {
                Some(inner) => inner.at(tail),
                None if self.map || self.open => self.versions,
                None => 0,
            },
        }
    }

    /// What the steps lead to.
    pub(crate) fn find(&self, steps: &[Step]) -> Option<&Node> {
        match steps.split_first() {
            None => Some(self),
            Some((Step::Index(_), tail)) => self.find(tail),
            Some((Step::Name(name), tail)) => self.inside.get(name)?.find(tail),
        }
    }
}

/// All versions of the provider.
pub(crate) struct Provider {
    /// The versions, oldest first.
    pub(crate) versions: Vec<String>,
    /// Resource types; data sources start with `data.`.
    pub(crate) types: BTreeMap<String, Node>,
}

impl Provider {
    /// The versions that have the path of the type.
    pub(crate) fn at(&self, kind: &str, path: &str) -> Versions {
        let steps = Path::parse(path).unwrap().steps;
        self.types.get(kind).map_or(0, |node| node.at(&steps))
    }

    /// The versions that are not older than this one.
    pub(crate) fn since(&self, version: &str) -> Versions {
        let wanted = numbers(version);
        let known = self.versions.iter().enumerate();
        known.filter(|(_, own)| numbers(own) >= wanted).map(|(i, _)| 1 << i).sum()
    }

    /// The versions in words.
    pub(crate) fn named(&self, versions: Versions) -> String {
        let known = self.versions.iter().enumerate();
        let names: Vec<&str> = known
            .filter(|(i, _)| versions & (1 << i) != 0)
            .map(|(_, name)| name.as_str())
            .collect();
        if names.is_empty() { "no version".to_owned() } else { names.join(" ") }
    }
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}

/// The committed list.
pub(crate) fn aws() -> &'static Provider {
    static AWS: OnceLock<Provider> = OnceLock::new();
    AWS.get_or_init(|| {
        let file = crate::common::root().join("fixtures/schemas/aws.txt.gz");
        let mut text = String::new();
        flate2::read::GzDecoder::new(File::open(file).unwrap()).read_to_string(&mut text).unwrap();
        read(&text)
    })
}

fn read(text: &str) -> Provider {
    let mut provider = Provider { versions: Vec::new(), types: BTreeMap::new() };
    // The names above the line, and what versions they have.
    let mut above: Vec<(String, Versions)> = Vec::new();
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let words: Vec<&str> = comment.split(' ').collect();
            if let [letter, version, ..] = words.as_slice()
                && letter.len() == 1
                && version.starts_with(|c: char| c.is_ascii_digit())
            {
                provider.versions.push((*version).to_owned());
            }
            continue;
        }
        let bare = line.trim_start_matches(' ');
        above.truncate(line.len() - bare.len());
        let (written, versions) = match bare.split_once(' ') {
            Some((written, letters)) => {
                (written, letters.bytes().map(|letter| 1 << (letter - b'a')).sum())
            }
            None => (bare, above.last().unwrap().1),
        };
        let name = written.trim_end_matches(['%', '…', '^']).to_owned();
        let node = Node {
            versions,
            map: written.contains('%'),
            open: written.contains('…'),
            computed: written.contains('^'),
            inside: BTreeMap::new(),
        };
        let mut siblings = &mut provider.types;
        for (parent, _) in &above {
            siblings = &mut siblings.get_mut(parent).unwrap().inside;
        }
        siblings.insert(name.clone(), node);
        above.push((name, versions));
    }
    provider
}

#[test]
fn the_list_knows_what_is_known_of_the_provider() {
    let aws = aws();
    let named = |kind, path| aws.named(aws.at(kind, path));
    assert_eq!(aws.versions.first().unwrap(), "3.39.0");
    assert!(aws.types.len() > 2000);
    let all = aws.versions.join(" ");
    assert_eq!(named("aws_instance", "root_block_device[0].encrypted"), all);
    assert_eq!(named("aws_instance", "tags[\"any.key\"]"), all);
    assert_eq!(named("aws_instance", "root_block_device.encrypt"), "no version");
    assert_eq!(named("aws_no_such_thing", "id"), "no version");
    assert!(named("aws_vpc_security_group_ingress_rule", "cidr_ipv4").starts_with("4.67.0 5.5.0"));
    assert!(named("aws_instance", "region").starts_with("6.0.0"));
    assert!(named("data.aws_kms_alias", "target_key_arn").starts_with("3.39.0"));
    assert_eq!(aws.since("6.0.0"), aws.at("aws_instance", "region"));
    let sse = "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default";
    let bucket = &aws.types["aws_s3_bucket"];
    assert!(bucket.find(&Path::parse(sse).unwrap().steps).is_some());
    assert!(bucket.inside["versioning"].computed && !bucket.inside["force_destroy"].computed);
}
