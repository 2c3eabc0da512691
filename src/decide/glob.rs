//! Wildcards in the address of a waiver.

/// Whether `pattern` stands for `address`. `*` stands for any text within one step of the address
/// (`module.net`, `aws_subnet`, `a["x.y"]` are split at their dots), never across steps, so a
/// short pattern cannot reach into modules that its author did not think of.
pub(super) fn matches(pattern: &str, address: &str) -> bool {
    let (mut patterns, mut steps) = (steps(pattern), steps(address));
    loop {
        match (patterns.next(), steps.next()) {
            (None, None) => return true,
            (Some(pattern), Some(step)) if fits(pattern, step) => {}
            _ => return false,
        }
    }
}

/// Whether the pattern holds a wildcard outside an instance key, where `*` may stand for itself.
pub(super) fn has_wildcard(pattern: &str) -> bool {
    let mut depth = Depth::default();
    pattern.chars().any(|c| {
        depth.step(c);
        c == '*' && depth.at_top()
    }) || pattern.contains("[*]")
}

/// Whether no step of the pattern names anything: then it stands for a whole plan.
pub(super) fn names_nothing(pattern: &str) -> bool {
    steps(pattern).all(|step| {
        matches!(step, "module" | "data")
            || step.chars().all(|c| matches!(c, '*' | '[' | ']' | '"'))
    })
}

/// Where a reader stands in an address: inside `[...]`, inside a quoted key.
#[derive(Default)]
struct Depth {
    bracket: bool,
    quoted: bool,
    escaped: bool,
}

impl Depth {
    fn step(&mut self, c: char) {
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' if self.quoted => self.escaped = true,
            '"' if self.bracket => self.quoted = !self.quoted,
            '[' if !self.quoted => self.bracket = true,
            ']' if !self.quoted => self.bracket = false,
            _ => {}
        }
    }

    fn at_top(&self) -> bool {
        !self.bracket
    }
}

/// `Deployment/prod/web` is split at its slashes: names of Kubernetes objects may hold dots.
fn steps(address: &str) -> impl Iterator<Item = &str> {
    let mut depth = Depth::default();
    let first = address.find(['.', '/', '[']).and_then(|at| address.get(at..)?.chars().next());
    let end = if first == Some('/') { '/' } else { '.' };
    address.split(move |c| {
        depth.step(c);
        c == end && depth.at_top()
    })
}

/// Whether a text fits a pattern in which `*` is any text.
///
/// Greedy, going back to the last `*` only: time is bounded by the product of the lengths.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(literal) if literal == byte => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_step() {
        assert!(matches("aws_subnet.*", "aws_subnet.a"));
        assert!(matches("aws_subnet.a[*]", "aws_subnet.a[\"x.y\"]"));
        assert!(matches("module.*.aws_subnet.a", "module.net[\"eu.west\"].aws_subnet.a"));
        assert!(matches("module.n*t.aws_*.a*", "module.net.aws_subnet.abc[0]"));
        assert!(matches("Deployment/prod/*", "Deployment/prod/web.v1"));
        assert!(!matches("Deployment/*", "Deployment/prod/web"));
        assert!(!matches("aws_subnet.*", "module.net.aws_subnet.a"));
        assert!(!matches("*", "aws_subnet.a"));
        assert!(!matches("*.*", "module.net.aws_subnet.a"));
        assert!(!matches("aws_subnet.a", "aws_subnet.ab"));
        assert!(!matches("aws_subnet.a*b", "aws_subnet.a"));
    }

    #[test]
    fn a_star_in_a_key_is_a_key() {
        assert!(has_wildcard("aws_subnet.*"));
        assert!(has_wildcard("aws_subnet.a[*]"));
        assert!(!has_wildcard("aws_subnet.a[\"*\"]"));
        assert!(!has_wildcard("aws_subnet.a[\"x]*\"]"));
    }

    #[test]
    fn a_pattern_of_stars_names_nothing() {
        for pattern in ["*", "*.*", "module.*.*.*", "*[*].*", "data.*.*"] {
            assert!(names_nothing(pattern), "{pattern}");
        }
        for pattern in ["aws_subnet.*", "module.net.*.*", "*.logs"] {
            assert!(!names_nothing(pattern), "{pattern}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let pattern = format!("a.{}", "*a".repeat(200));
        let address = format!("a.{}", "b".repeat(20_000));
        assert!(!matches(&pattern, &address));
    }
}
