//! Keys that tell what a change makes worse.
//!
//! The key of a network offence has one line for each target and IP version that it opens, and one
//! line with a leading `+` for each step that it goes further: a quarter more of the world, a range
//! of ports twice as wide. So a new port or a wider range is introduced by the change, a narrower
//! one still exists, and the order of blocks means nothing.

use super::cidr::Family;
use super::ports::{Target, Traffic};

/// Collects the lines of one key.
#[derive(Debug, Default)]
pub struct Key(Vec<String>);

impl Key {
    /// What is open to which IP versions.
    #[must_use]
    pub fn of(targets: &[Target], families: impl IntoIterator<Item = Family> + Clone) -> Self {
        let mut lines = Vec::new();
        for target in targets {
            for family in families.clone() {
                lines.push(format!("{} {}", target.label(), family.name()));
            }
        }
        Self(lines)
    }

    /// The same for the targets that one rule includes. One that holds many ports is named by the
    /// ports of the rule, so that another port of it is another offence.
    #[must_use]
    pub fn about(
        traffic: &Traffic,
        targets: &[Target],
        families: impl IntoIterator<Item = Family> + Clone,
    ) -> Self {
        let (one, many): (Vec<Target>, Vec<Target>) =
            targets.iter().partition(|target| target.is_one_thing());
        let key = Self::of(&one, families.clone());
        if many.is_empty() {
            return key;
        }
        let traffic = traffic.describe();
        families
            .into_iter()
            .fold(key, |key, family| key.line(format!("{traffic} {}", family.name())))
    }

    /// A line of its own.
    #[must_use]
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.0.push(line.into());
        self
    }

    /// How many quarters of the public addresses of each version are open.
    #[must_use]
    pub fn quarters(mut self, families: &[(Family, u128)]) -> Self {
        for (family, quarters) in families {
            for quarter in 2..=(*quarters).min(4) {
                self.0.push(format!("+ {} quarter {quarter}", family.name()));
            }
        }
        self
    }

    /// How wide something is, in doublings: `+ ports 2^3`.
    #[must_use]
    pub fn doublings(mut self, what: &str, size: u128) -> Self {
        let steps = 128u32.saturating_sub(size.saturating_sub(1).leading_zeros());
        for step in 1..=steps {
            self.0.push(format!("+ {what} 2^{step}"));
        }
        self
    }

    /// The key; equal for equal lines in any order.
    #[must_use]
    pub fn text(mut self) -> String {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(key: Key) -> Vec<String> {
        key.text().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_wider_offence_holds_all_lines_of_a_narrower_one() {
        let narrow = |targets: &[Target]| {
            Key::of(targets, [Family::V4]).quarters(&[(Family::V4, 1)]).doublings("ports", 1)
        };
        let small = lines(narrow(&[Target::Tcp(22)]));
        assert_eq!(small, ["tcp 22 v4"]);
        let wide = Key::of(&[Target::Tcp(3389), Target::Tcp(22)], Family::BOTH)
            .quarters(&[(Family::V4, 4)])
            .doublings("ports", 65_536);
        let wide = lines(wide);
        assert!(small.iter().all(|line| wide.contains(line)));
        assert!(wide.contains(&"+ ports 2^16".to_owned()));
        assert!(!wide.contains(&"+ ports 2^17".to_owned()));
        assert!(wide.contains(&"+ v4 quarter 4".to_owned()));
    }
}
