//! Keys and tokens that give themselves away by their form, and base64 around them.

use std::io::Read as _;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};

/// A form: how it starts, which characters follow and how many at least, and what it is.
struct Form {
    prefix: &'static str,
    tail: fn(u8) -> bool,
    least: usize,
    what: &'static str,
}

fn upper(c: u8) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c == b'-'
}

fn dotted(c: u8) -> bool {
    word(c) || c == b'.'
}

const fn form(
    prefix: &'static str,
    tail: fn(u8) -> bool,
    least: usize,
    what: &'static str,
) -> Form {
    Form { prefix, tail, least, what }
}

/// Prefixes that the issuers document, most of them made to be found by scanners.
const FORMS: [Form; 30] = [
    form("AKIA", upper, 16, "an AWS access key"),
    form("ASIA", upper, 16, "an AWS access key"),
    form("ghp_", word, 36, "a GitHub token"),
    form("gho_", word, 36, "a GitHub token"),
    form("ghu_", word, 36, "a GitHub token"),
    form("ghs_", word, 36, "a GitHub token"),
    form("ghr_", word, 36, "a GitHub token"),
    form("github_pat_", word, 22, "a GitHub token"),
    form("glpat-", word, 20, "a GitLab token"),
    form("glrt-", word, 20, "a GitLab token"),
    form("xoxb-", word, 20, "a Slack token"),
    form("xoxp-", word, 20, "a Slack token"),
    form("xoxa-", word, 20, "a Slack token"),
    form("xapp-", word, 20, "a Slack token"),
    form("AIza", word, 35, "a Google API key"),
    form("GOCSPX-", word, 20, "a Google client secret"),
    form("sk_live_", word, 16, "a Stripe key"),
    form("rk_live_", word, 16, "a Stripe key"),
    form("SG.", dotted, 60, "a SendGrid key"),
    form("npm_", word, 36, "an npm token"),
    form("pypi-", word, 60, "a PyPI token"),
    form("dop_v1_", word, 60, "a DigitalOcean token"),
    form("hvs.", dotted, 24, "a Vault token"),
    form("sk-ant-", word, 24, "an API key"),
    form("sk-proj-", word, 24, "an API key"),
    form("shpat_", word, 32, "a Shopify token"),
    form("dapi", |c| c.is_ascii_hexdigit(), 32, "a Databricks token"),
    form("NRAK-", upper, 24, "a New Relic key"),
    form("PMAK-", word, 40, "a Postman key"),
    form("eyJhbGciOi", dotted, 60, "a signed token"),
];

/// What a text certainly holds; `None` when it holds nothing that is known.
#[must_use]
pub fn find(text: &str) -> Option<&'static str> {
    let prefixed = FORMS.iter().find(|form| holds(text, form)).map(|form| form.what);
    prefixed
        .or_else(|| private_key(text).then_some("a private key"))
        .or_else(|| password_in_address(text).then_some("a password in a URL"))
        .or_else(|| secret_access_key(text).then_some("an AWS secret access key"))
}

fn holds(text: &str, form: &Form) -> bool {
    let bytes = text.as_bytes();
    text.match_indices(form.prefix).any(|(at, _)| {
        let free = at == 0 || bytes.get(at - 1).is_none_or(|c| !c.is_ascii_alphanumeric());
        let tail = bytes.get(at + form.prefix.len()..).unwrap_or_default();
        let length = tail.iter().take(200).take_while(|c| (form.tail)(**c)).count();
        // An access key id has exactly so many; a longer word is another thing.
        let ends = form.least != 16
            || form.prefix.contains('_')
            || (length == 16 && tail.get(16).is_none_or(|c| !c.is_ascii_alphanumeric()));
        free && length >= form.least && ends
    })
}

fn private_key(text: &str) -> bool {
    text.match_indices("-----BEGIN ").any(|(at, _)| {
        let head: String = text.get(at..).unwrap_or_default().chars().take(64).collect();
        head.contains("PRIVATE KEY")
    })
}

/// `scheme://user:password@host`, unless the password is a placeholder that a program fills in.
fn password_in_address(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let tail = text.get(at + 3..).unwrap_or_default();
        let end = tail
            .find(|c: char| c.is_whitespace() || "/\"'`<>".contains(c))
            .unwrap_or(tail.len())
            .min(tail.len());
        let Some((user, _)) = tail.get(..end).unwrap_or_default().rsplit_once('@') else {
            return false;
        };
        user.split_once(':').is_some_and(|(_, password)| {
            super::names::is_literal(password) && !password.contains(['{', '$', '<', '*'])
        })
    })
}

/// Forty characters of base64 without a pattern, as AWS makes its secret keys: upper and lower case,
/// digits, and more disorder than a hash in hexadecimal or a path has.
fn secret_access_key(text: &str) -> bool {
    let of_key = |c: u8| c.is_ascii_alphanumeric() || c == b'/' || c == b'+';
    text.as_bytes().split(|c| !of_key(*c)).any(|run| {
        let has = |test: fn(&u8) -> bool| run.iter().any(test);
        run.len() == 40
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
            && run.iter().filter(|c| **c == b'/').count() <= 4
            && disorder(run) > 4.2
    })
}

/// Shannon's entropy in bits a character.
fn disorder(run: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in run {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = run.len() as f64;
    let share = |count: &u32| f64::from(*count) / total;
    counts.iter().filter(|count| **count > 0).map(share).map(|p| -p * p.log2()).sum()
}

/// The text behind base64, if it is text, gzip in between or not. Padding may be missing; line
/// breaks are skipped.
#[must_use]
pub fn unbase64(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() < 16 {
        return None;
    }
    let mut digits = text.trim_end_matches('=').bytes().filter(|c| !matches!(c, b'\r' | b'\n'));
    let digit = |c: u8| match c {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        c if c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/') => Some(c),
        _ => None,
    };
    let mut digits = digits.try_fold(Vec::with_capacity(text.len()), |mut all, c| {
        all.push(digit(c)?);
        Some(all)
    })?;
    // A digit that is left over says nothing: what was cut off is read as far as it goes.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    let bytes = BASE64.decode(digits).ok()?;
    let text = String::from_utf8(if bytes.starts_with(&GZIP) { gunzip(&bytes) } else { bytes });
    let odd = |c: char| c.is_control() && !c.is_whitespace();
    text.ok().filter(|text| !text.chars().any(odd))
}

/// How a gzip stream begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Most bytes that are unpacked of one text: user data holds 16 KiB.
const UNPACKED: u64 = 1 << 20;

/// What is in a gzip stream, as far as it can be read.
fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // A stream that is cut off is read up to there.
    let _ = flate2::read::MultiGzDecoder::new(bytes).take(UNPACKED).read_to_end(&mut text);
    text
}

/// All texts behind base64 in a text: the whole of it, lines of it, or words in a script.
#[must_use]
pub fn unwrapped(text: &str) -> Vec<String> {
    if let Some(whole) = unbase64(text) {
        return vec![whole];
    }
    let is_digit = |c: char| c.is_ascii_alphanumeric() || "+/=-_".contains(c);
    let (mut found, mut block) = (Vec::new(), String::new());
    for line in text.lines().chain([""]) {
        let line = line.trim();
        if line.len() >= 16 && line.chars().all(is_digit) {
            block.push_str(line);
            continue;
        }
        found.extend(unbase64(&std::mem::take(&mut block)));
        let words = line.split(|c: char| !is_digit(c)).filter(|word| word.len() >= 16);
        // `key=…` is a name and a value.
        let values = words.map(|word| word.trim_start_matches(|c| "-=".contains(c)));
        found.extend(
            values
                .flat_map(|word| {
                    let tail = word.trim_end_matches('=').rsplit_once('=').map(|(_, tail)| tail);
                    [Some(word), tail]
                })
                .flatten()
                .filter_map(unbase64),
        );
    }
    found
}

/// Both alphabets are brought to this one first. Bits that are left over at the end mean nothing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::rules::secrets) fn encoded(text: &str) -> String {
        BASE64.encode(text)
    }

    /// Built at run time, so that no scanner takes this file for a leak.
    fn fake(prefix: &str, tail: usize) -> String {
        format!("{prefix}{}", "A1b2C3d4E5".repeat(20).get(..tail).unwrap_or_default())
    }

    #[test]
    fn keys_are_known_by_their_form() {
        let upper = format!("AKIA{}", "ABCD2345".repeat(2));
        assert_eq!(find(&format!("id={upper};")), Some("an AWS access key"));
        assert_eq!(find(&fake("ghp_", 36)), Some("a GitHub token"));
        assert_eq!(find(&fake("sk_live_", 24)), Some("a Stripe key"));
        assert_eq!(find("-----BEGIN RSA PRIVATE KEY-----"), Some("a private key"));
    }

    #[test]
    fn what_only_looks_alike_is_none() {
        assert_eq!(find("-----BEGIN PUBLIC KEY-----"), None);
        assert_eq!(find(&format!("AKIA{}", "ABCD2345".repeat(3))), None);
        assert_eq!(find(&format!("XAKIA{}", "ABCD2345".repeat(2))), None);
        assert_eq!(find(&"0123456789abcdef".repeat(2)), None);
        // A commit, and a word of forty letters.
        assert_eq!(find(&"0a1b2c3d4e".repeat(4)), None);
        assert_eq!(find(&"abcdefghij".repeat(4)), None);
        assert_eq!(find("iam::123456789012:role/service-role/CloudTrailToCloudWatch2"), None);
    }

    #[test]
    fn addresses_with_a_password_count() {
        assert!(find("postgres://app:hunter22@db:5432/app").is_some());
        assert!(find("postgres://app@db:5432/app").is_none());
        assert!(find("postgres://app:${PASSWORD}@db/app").is_none());
        assert!(find("https://host/a:b@c").is_none());
    }

    #[test]
    fn base64_within_a_script_is_read() {
        let script = "#!/bin/sh\necho ZXhwb3J0IEE9aGVsbG8gd29ybGQ= | base64 -d > /etc/x\n";
        assert_eq!(unwrapped(script), ["export A=hello world"]);
        let lines = "x:\n  ZXhwb3J0IEE9aGVs\n  bG8gd29ybGQgYW5k\ny: 1";
        assert_eq!(unwrapped(lines), ["export A=hello world and"]);
        assert!(unwrapped("#!/bin/bash\nyum install -y a-long-package-name").is_empty());
    }

    #[test]
    fn gzip_in_base64_is_read() {
        use std::io::Write as _;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"export A=hello world").unwrap();
        let text = BASE64.encode(packed.finish().unwrap());
        assert_eq!(unbase64(&text).as_deref(), Some("export A=hello world"));
    }

    #[test]
    fn base64_is_read_where_it_is_text() {
        assert_eq!(
            unbase64("ZXhwb3J0IEE9aGVsbG8gd29ybGQ=").as_deref(),
            Some("export A=hello world")
        );
        assert_eq!(
            unbase64("ZXhwb3J0IEE9aGVs\nbG8gd29ybGQ").as_deref(),
            Some("export A=hello world")
        );
        let cut_off = unbase64("ZXhwb3J0IEE9aGVsbG8gd29yb");
        assert_eq!(cut_off.as_deref(), Some("export A=hello wor"));
        assert_eq!(unbase64("Pz8_Pz8_fn5-fn5-").as_deref(), Some("??????~~~~~~"));
        assert_eq!(unbase64("AAECAwQFBgcICQoLDA0ODw=="), None);
        assert_eq!(unbase64("#!/bin/bash and so on"), None);
    }
}
