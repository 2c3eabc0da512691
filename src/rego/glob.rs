//! Patterns of namespaces, as conftest matches them.

/// Whether a namespace fits a pattern: `*` any text, `?` one character, `[ab]` and `[!a-c]` one
/// of some.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = name.get(n) {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(pattern.get(p..).unwrap_or_default(), *c),
            Some(literal) if literal == c => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(step), _) => {
                p += step;
                n += 1;
            }
            (None, Some((at, from))) => {
                p = at + 1;
                n = from + 1;
                star = Some((at, n));
            }
            (None, None) => return false,
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// How long a class is that the character fits.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let end = pattern.iter().skip(2).position(|end| *end == ']')? + 2;
    let inside = pattern.get(1..end)?;
    let (not, inside) = match inside.first() {
        Some('!' | '^') => (true, inside.get(1..)?),
        _ => (false, inside),
    };
    let mut found = false;
    let mut at = 0;
    while let Some(first) = inside.get(at) {
        match (inside.get(at + 1), inside.get(at + 2)) {
            (Some('-'), Some(last)) => {
                found |= (*first..=*last).contains(&c);
                at += 3;
            }
            _ => {
                found |= *first == c;
                at += 1;
            }
        }
    }
    (found != not).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_goes_over_dots() {
        for (pattern, name, expected) in [
            ("main", "main", true),
            ("main", "main.sub", false),
            ("main.*", "main.a.b", true),
            ("*", "", true),
            ("*.b", "a.b.c.b", true),
            ("m?in", "main", true),
            ("m[!a]in", "main", false),
            ("m[a-c]in", "main", true),
            ("m[", "m[", false),
            ("", "", true),
            ("a**b", "ab", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
