//! Regular expressions as Go writes them, for an engine that writes them otherwise.
//!
//! Both have the same matching and nearly the same syntax. What is not the same decides verdicts:
//! `\w`, `\d`, `\s` and `\b` are about ASCII in Go, a `{` that repeats nothing and a `[` in a class
//! are themselves, `\Q..\E` quotes, `&&` in a class is no intersection, `\<` is no boundary.

use std::iter::Peekable;
use std::str::Chars;

/// The largest repetition that Go takes.
const MOST: u32 = 1000;

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0C\r ";

/// The same expression in the syntax of the engine; or what Go says against it.
pub(super) fn translated(pattern: &str) -> Result<String, String> {
    let mut reader = Reader { rest: pattern.chars().peekable(), out: String::new() };
    reader.all()?;
    Ok(reader.out)
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
}

impl Reader<'_> {
    fn all(&mut self) -> Result<(), String> {
        // Whether what stands before is a repetition already: Go repeats none.
        let mut repeated = false;
        while let Some(c) = self.rest.next() {
            let mut repeats = false;
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    repeats = true;
                    self.out.push(c);
                }
                '{' => match self.repetition()? {
                    Some(text) => {
                        repeats = true;
                        self.out.push_str(&text);
                    }
                    None => self.out.push_str("\\{"),
                },
                '(' => self.group()?,
                c => self.out.push(c),
            }
            if repeats {
                if repeated {
                    return Err("nested repetition".to_owned());
                }
                if self.rest.next_if_eq(&'?').is_some() {
                    self.out.push('?');
                }
            }
            repeated = repeats;
        }
        Ok(())
    }

    /// What stands behind `(`: only groups and flags that Go has.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        if matches!(self.rest.peek(), Some('P' | '<')) {
            return Ok(());
        }
        loop {
            match self.rest.next() {
                Some(c @ (':' | ')')) => {
                    self.out.push(c);
                    return Ok(());
                }
                Some(c @ ('i' | 'm' | 's' | 'U' | '-')) => self.out.push(c),
                _ => return Err("unknown group type after `(?`".to_owned()),
            }
        }
    }

    /// `{2}`, `{2,}` or `{2,5}`, whose `{` was read; anything else begins with a brace.
    fn repetition(&mut self) -> Result<Option<String>, String> {
        let text: String = self.rest.clone().take_while(|c| *c != '}').take(16).collect();
        let closed = self.rest.clone().nth(text.chars().count()) == Some('}');
        let (low, high) = text.split_once(',').map_or((&*text, None), |(a, b)| (a, Some(b)));
        let digits = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && (text == "0" || !text.starts_with('0'))
        };
        if !closed || !digits(low) || !high.is_none_or(|high| high.is_empty() || digits(high)) {
            return Ok(None);
        }
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= MOST);
        let least = number(low);
        let most = match high {
            None | Some("") => least,
            Some(high) => number(high),
        };
        match (least, most) {
            (Some(least), Some(most)) if least <= most => {}
            _ => return Err(format!("`{{{text}}}` exceeds the repetition limit")),
        }
        self.rest.by_ref().take(text.chars().count() + 1).for_each(drop);
        Ok(Some(format!("{{{text}}}")))
    }

    /// What stands behind a backslash, outside of classes.
    fn escape(&mut self) -> Result<(), String> {
        match self.rest.peek().copied() {
            Some('Q') => {
                self.rest.next();
                self.quoted();
                return Ok(());
            }
            Some('b') => self.out.push_str(r"(?-u:\b)"),
            Some('B') => self.out.push_str(r"(?-u:\B)"),
            Some(c @ ('A' | 'z')) => self.out.extend(['\\', c]),
            // One byte in Go, which in a text is part of a character.
            Some('C') => self.out.push_str("(?s:.)"),
            Some(c) => {
                if let Some((set, not)) = shorthand(c) {
                    self.out.push_str(&format!("[{}{set}]", if not { "^" } else { "" }));
                } else if matches!(c, 'p' | 'P') {
                    let text = self.property()?;
                    self.out.push_str(&text);
                    return Ok(());
                } else {
                    let c = self.character()?;
                    push(&mut self.out, c);
                    return Ok(());
                }
            }
            None => return Err("trailing `\\`".to_owned()),
        }
        self.rest.next();
        Ok(())
    }

    /// To `\E`, or to the end.
    fn quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            push(&mut self.out, c);
        }
    }

    /// `p{Greek}`, `pL`, `P{^Greek}`: a class of Unicode, whose backslash was read.
    fn property(&mut self) -> Result<String, String> {
        let bad = || "unterminated Unicode class".to_owned();
        let mut not = self.rest.next() == Some('P');
        let first = self.rest.next().ok_or_else(bad)?;
        let mut name = first.to_string();
        if first == '{' {
            name.clear();
            loop {
                match self.rest.next().ok_or_else(bad)? {
                    '}' => break,
                    c => name.push(c),
                }
            }
        }
        if let Some(rest) = name.strip_prefix('^') {
            not = !not;
            name = rest.to_owned();
        }
        // The engine knows more forms, `sc=Greek`; Go does not.
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err("unknown Unicode class".to_owned());
        }
        Ok(format!("\\{}{{{name}}}", if not { 'P' } else { 'p' }))
    }

    /// The character behind a backslash.
    fn character(&mut self) -> Result<char, String> {
        let bad = |what: &str| Err(format!("unknown escape `\\{what}`"));
        let Some(c) = self.rest.next() else { return bad("") };
        Ok(match c {
            '1'..='7' if !matches!(self.rest.peek(), Some('0'..='7')) => {
                return bad(&c.to_string());
            }
            '0'..='7' => {
                let mut number = c.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.rest.next_if(|c| matches!(c, '0'..='7')) else { break };
                    number = number * 8 + digit.to_digit(8).unwrap_or_default();
                }
                char::from_u32(number).unwrap_or_default()
            }
            'x' => self.hexadecimal()?,
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            c => return bad(&c.to_string()),
        })
    }

    fn hexadecimal(&mut self) -> Result<char, String> {
        let bad = || "`\\x` needs two digits, or digits in braces".to_owned();
        let mut digits = String::new();
        if self.rest.next_if_eq(&'{').is_some() {
            loop {
                match self.rest.next().ok_or_else(bad)? {
                    '}' => break,
                    c => digits.push(c),
                }
            }
        } else {
            digits.extend(self.rest.by_ref().take(2));
            if digits.len() != 2 {
                return Err(bad());
            }
        }
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(&digits, 16).ok().filter(|_| hexadecimal);
        number.and_then(char::from_u32).ok_or_else(bad)
    }

    /// A class, whose `[` was read.
    fn class(&mut self) -> Result<(), String> {
        let unclosed = || "`[` is not closed".to_owned();
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let next = self.rest.peek().copied().ok_or_else(unclosed)?;
            if next == ']' && !first {
                self.rest.next();
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if next == '[' && self.named()? {
                continue;
            }
            if next == '\\' {
                let behind = self.rest.clone().nth(1).ok_or_else(unclosed)?;
                if matches!(behind, 'p' | 'P') {
                    self.rest.next();
                    let text = self.property()?;
                    self.out.push_str(&text);
                    continue;
                }
                if let Some((set, not)) = shorthand(behind) {
                    self.rest.by_ref().take(2).for_each(drop);
                    let text = if not { format!("[^{set}]") } else { set.to_owned() };
                    self.out.push_str(&text);
                    continue;
                }
            }
            let low = self.member()?;
            let mut ahead = self.rest.clone();
            let range = ahead.next() == Some('-') && !matches!(ahead.next(), Some(']') | None);
            if range {
                self.rest.next();
                let high = self.member()?;
                if high < low {
                    return Err("a range in a class is reversed".to_owned());
                }
                push(&mut self.out, low);
                self.out.push('-');
                push(&mut self.out, high);
            } else {
                push(&mut self.out, low);
            }
        }
    }

    /// `[:alpha:]` within a class; false where `[` is only itself.
    fn named(&mut self) -> Result<bool, String> {
        let text: String = self.rest.clone().collect();
        let Some(inside) = text.strip_prefix("[:") else { return Ok(false) };
        let Some((name, _)) = inside.split_once(":]") else { return Ok(false) };
        let class = name.strip_prefix('^').unwrap_or(name);
        let known = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        if !known.contains(&class) {
            return Err("unknown class".to_owned());
        }
        self.out.push_str(&format!("[:{name}:]"));
        self.rest.by_ref().take(name.chars().count() + 4).for_each(drop);
        Ok(true)
    }

    /// One character of a class.
    fn member(&mut self) -> Result<char, String> {
        match self.rest.next() {
            Some('\\') => self.character(),
            Some(c) => Ok(c),
            None => Err("`[` is not closed".to_owned()),
        }
    }
}

/// `\d` and its kin: what they stand for, and whether for everything else.
fn shorthand(c: char) -> Option<(&'static str, bool)> {
    let set = match c.to_ascii_lowercase() {
        'd' => DIGIT,
        'w' => WORD,
        's' => SPACE,
        _ => return None,
    };
    Some((set, c.is_ascii_uppercase()))
}

/// A character that means itself, anywhere.
fn push(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        out.push(c);
    } else {
        out.push_str(&format!("\\x{:02X}", u32::from(c)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        regex::Regex::new(&translated(pattern).unwrap()).unwrap().is_match(text)
    }

    #[test]
    fn what_go_writes_otherwise_means_what_go_means() {
        for (pattern, yes, no) in [
            (r"^\w+$", "a_1", "é"),
            (r"^\d+$", "123", "١٢"),
            (r"^\s$", "\t", "\u{a0}"),
            (r"^\s$", " ", "\u{b}"),
            (r"^\S$", "\u{b}", "\n"),
            (r"a\b", "aé", "ab"),
            (r"a\B", "ab", "aé"),
            (r"^\${.*}$", "${x}", "$x"),
            (r"^{{ x }}$", "{{ x }}", "x"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^a{2,3}$", "aa", "a"),
            (r"^[[]$", "[", "a"),
            (r"^[a&&b]$", "&", "c"),
            (r"^[+--]+$", "+,-", "."),
            (r"^[]a]$", "]", "b"),
            (r"^[^]a]$", "b", "]"),
            (r"^\<\>$", "<>", "a"),
            (r"^\Qa.b\E.$", "a.bc", "axbc"),
            (r"^\101$", "A", "1"),
            (r"^[\d\-x]+$", "1-x", "y"),
            (r"^[^\D]$", "1", "a"),
            (r"^[[:alpha:]_]+$", "ab_", "1"),
            (r"^\p{^Lu}$", "a", "A"),
            (r"^(?i:ab)c$", "ABc", "ABC"),
            (r"^(?P<x>a)$", "a", "b"),
            (r"^\x41\x{e9}$", "Aé", "A"),
            (r"^a+?$", "aa", "b"),
        ] {
            assert!(fits(pattern, yes), "{pattern} {yes}");
            assert!(!fits(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in [
            r"a(?=b)",
            r"(a)\1",
            r"\Z",
            r"\u0041",
            r"a**",
            r"a{2}{3}",
            r"a{1001}",
            r"[z-a]",
            r"[a--b]",
            "[a",
            r"[[:nosuch:]]",
            r"(?x)a",
            r"\",
            r"\é",
            r"\x{zz}",
            r"\p{sc=Greek}",
            "(?#c)",
        ] {
            assert!(translated(pattern).is_err(), "{pattern}");
        }
    }
}
