//! `sprintf` as OPA has it: Go's verbs over numbers and texts, all else as Rego writes it.
//!
//! The evaluator's version fails on `%q`, `%T` and flags, and prints nothing for `%t`: a message that
//! fails is a rule that says nothing.

use regorus::Value;

use super::{Answer, argument, text, unfit};
use crate::rego::value::kind;

/// No message is this wide; what is, is an attack on memory.
const WIDEST: usize = 10_000;

/// One operand, as Go would hold it.
enum Operand {
    Int(i128),
    Big(String),
    Float(f64),
    Text(String),
}

impl Operand {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.to_string()),
            Value::Number(number) => {
                if let Some(int) = number.as_i128() {
                    Self::Int(int)
                } else if number.is_integer() {
                    Self::Big(value.to_json_str().unwrap_or_default())
                } else {
                    number.as_f64().map_or_else(|| Self::Text(value.to_string()), Self::Float)
                }
            }
            other => Self::Text(written(other)),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "int64",
            Self::Big(_) => "*big.Int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    /// As `%v` prints it.
    fn plain(&self) -> String {
        match self {
            Self::Int(int) => int.to_string(),
            Self::Big(text) | Self::Text(text) => text.clone(),
            Self::Float(float) => general(*float, None, false, 21),
        }
    }
}

/// What stands between `%` and the verb.
#[derive(Default)]
struct Flags {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

pub(super) fn sprintf(arguments: &[Value]) -> Answer {
    let format = text(arguments, 0)?;
    let operands: Vec<Operand> = match argument(arguments, 1)? {
        Value::Array(items) => items.iter().map(Operand::of).collect(),
        other => return Err(unfit("array", other)),
    };
    let mut out = String::with_capacity(format.len());
    let mut chars = format.chars().peekable();
    let (mut next, mut reordered) = (0_usize, false);
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = Flags::default();
        while let Some(flag) = chars.next_if(|c| "+-# 0".contains(*c)) {
            match flag {
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                _ => flags.zero = true,
            }
        }
        let mut index = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>, next: &mut usize| {
            if chars.next_if_eq(&'[').is_some() {
                reordered = true;
                let digits: String =
                    std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
                if chars.next_if_eq(&']').is_some()
                    && let Ok(number) = digits.parse::<usize>()
                {
                    *next = number.wrapping_sub(1);
                }
            }
        };
        let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>, next: &mut usize| {
            if chars.next_if_eq(&'*').is_some() {
                let given = operands.get(*next);
                *next += 1;
                return match given {
                    Some(Operand::Int(int)) => i64::try_from(*int).ok(),
                    _ => None,
                };
            }
            let digits: String =
                std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
            digits.parse::<i64>().ok()
        };
        index(&mut chars, &mut next);
        if let Some(width) = number(&mut chars, &mut next) {
            flags.minus |= width < 0;
            flags.width = usize::try_from(width.unsigned_abs()).ok();
        }
        if chars.next_if_eq(&'.').is_some() {
            index(&mut chars, &mut next);
            let given = number(&mut chars, &mut next);
            flags.precision = Some(given.and_then(|n| usize::try_from(n).ok()).unwrap_or(0));
        }
        index(&mut chars, &mut next);
        if flags.width.max(flags.precision).is_some_and(|wide| wide > WIDEST) {
            return Err(format!("the width exceeds {WIDEST}"));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => {
                match operands.get(next) {
                    Some(operand) => out.push_str(&formatted(verb, &flags, operand)),
                    None if reordered => out.push_str(&format!("%!{verb}(BADINDEX)")),
                    None => out.push_str(&format!("%!{verb}(MISSING)")),
                }
                next = next.wrapping_add(1);
            }
        }
    }
    if !reordered && next < operands.len() {
        let extra: Vec<String> = operands
            .iter()
            .skip(next)
            .map(|operand| format!("{}={}", operand.kind(), operand.plain()))
            .collect();
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    Ok(Value::from(out))
}

fn formatted(verb: char, flags: &Flags, operand: &Operand) -> String {
    let wrong = || {
        let shown = padded(operand.plain(), flags, false);
        format!("%!{verb}({}={shown})", operand.kind())
    };
    match (verb, operand) {
        ('T', operand) => padded(operand.kind().to_owned(), flags, false),
        ('v', Operand::Text(text)) if flags.sharp => padded(quoted(text), flags, false),
        ('v' | 's', Operand::Text(text)) => padded(cut(text, flags), flags, false),
        ('q', Operand::Text(text)) => padded(quoted(&cut(text, flags)), flags, false),
        ('x' | 'X', Operand::Text(text)) => {
            let text: String = text
                .bytes()
                .map(|b| if verb == 'x' { format!("{b:02x}") } else { format!("{b:02X}") })
                .collect();
            padded(text, flags, false)
        }
        ('d' | 'v', Operand::Int(int)) => integer(&int.unsigned_abs().to_string(), *int < 0, flags),
        ('d' | 'v', Operand::Big(text)) => {
            integer(text.trim_start_matches('-'), text.starts_with('-'), flags)
        }
        ('b' | 'o' | 'O' | 'x' | 'X', Operand::Int(int)) => {
            let (digits, prefix) = radix(verb, int.unsigned_abs());
            let prefix = if flags.sharp || verb == 'O' { prefix } else { "" };
            integer(&format!("{prefix}{digits}"), *int < 0, flags)
        }
        ('c', Operand::Int(int)) => padded(character(*int).to_string(), flags, false),
        ('q', Operand::Int(int)) => padded(format!("{:?}", character(*int)), flags, false),
        ('U', Operand::Int(int)) => padded(format!("U+{int:04X}"), flags, false),
        ('v', Operand::Float(float)) => {
            number(general(*float, flags.precision, false, 21), *float, flags)
        }
        ('g' | 'G', Operand::Float(float)) => {
            let shown = general(*float, flags.precision, verb == 'G', 21);
            number(shown, *float, flags)
        }
        ('f' | 'F', Operand::Float(float)) => {
            number(format!("{:.*}", flags.precision.unwrap_or(6), float.abs()), *float, flags)
        }
        ('e' | 'E', Operand::Float(float)) => {
            number(exponent(*float, flags.precision.or(Some(6)), verb == 'E'), *float, flags)
        }
        _ => wrong(),
    }
}

fn radix(verb: char, value: u128) -> (String, &'static str) {
    match verb {
        'b' => (format!("{value:b}"), "0b"),
        'o' => (format!("{value:o}"), "0"),
        'O' => (format!("{value:o}"), "0o"),
        'X' => (format!("{value:X}"), "0X"),
        _ => (format!("{value:x}"), "0x"),
    }
}

fn character(int: i128) -> char {
    u32::try_from(int).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn cut(text: &str, flags: &Flags) -> String {
    flags.precision.map_or_else(|| text.to_owned(), |most| text.chars().take(most).collect())
}

fn integer(digits: &str, negative: bool, flags: &Flags) -> String {
    let least = flags.precision.unwrap_or(0);
    let digits = format!("{digits:0>least$}");
    signed(digits, negative, flags)
}

fn number(shown: String, float: f64, flags: &Flags) -> String {
    signed(shown, float.is_sign_negative(), flags)
}

/// The sign, then zeros or spaces up to the width.
fn signed(digits: String, negative: bool, flags: &Flags) -> String {
    let sign = match (negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    let room = flags.width.unwrap_or(0).saturating_sub(sign.len());
    if flags.zero && !flags.minus && flags.precision.is_none_or(|_| digits.contains('.')) {
        return format!("{sign}{digits:0>room$}");
    }
    padded(format!("{sign}{digits}"), flags, true)
}

fn padded(text: String, flags: &Flags, number: bool) -> String {
    let width = flags.width.unwrap_or(0);
    match (flags.minus, flags.zero && !number) {
        (true, _) => format!("{text:<width$}"),
        (false, true) => format!("{text:0>width$}"),
        (false, false) => format!("{text:>width$}"),
    }
}

/// Go's `%g`: the shortest text that reads back, with an exponent where it is very small or not
/// below ten to the `least`.
fn general(float: f64, precision: Option<usize>, upper: bool, least: i32) -> String {
    let float = float.abs();
    if float == 0.0 {
        return "0".to_owned();
    }
    let scientific = match precision {
        Some(digits) => format!("{float:.*e}", digits.max(1) - 1),
        None => format!("{float:e}"),
    };
    let power: i32 =
        scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let limit = precision.map_or(least, |digits| i32::try_from(digits.max(1)).unwrap_or(least));
    if power < -4 || power >= limit {
        return exponent(float, None, upper);
    }
    match precision {
        None => format!("{float}"),
        Some(digits) => {
            let behind = (i32::try_from(digits.max(1)).unwrap_or(0) - 1 - power).max(0);
            let shown = format!("{float:.*}", usize::try_from(behind).unwrap_or(0));
            if shown.contains('.') {
                shown.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                shown
            }
        }
    }
}

/// Go's `%e`: at least two digits of exponent, with a sign.
fn exponent(float: f64, precision: Option<usize>, upper: bool) -> String {
    let float = float.abs();
    let shown = match precision {
        Some(digits) => format!("{float:.digits$e}"),
        None => format!("{float:e}"),
    };
    let (mantissa, power) = shown.split_once('e').unwrap_or((&shown, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let sign = if power < 0 { '-' } else { '+' };
    let letter = if upper { 'E' } else { 'e' };
    format!("{mantissa}{letter}{sign}{:02}", power.abs())
}

/// The value as Rego writes it.
pub(super) fn written(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::String(text) => quoted(text),
        Value::Number(_) => value.to_json_str().unwrap_or_default(),
        Value::Array(items) => format!("[{}]", list(items.iter().map(written).collect())),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", list(items.iter().map(written).collect())),
        Value::Object(entries) => {
            let entry =
                |(key, value): (&Value, &Value)| format!("{}: {}", written(key), written(value));
            format!("{{{}}}", list(entries.iter_sorted().map(entry).collect()))
        }
        Value::Undefined => kind(value).to_owned(),
    }
}

/// A text in quotes, as Go's `strconv.Quote` writes it.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if printed(c) => out.push(c),
            c if u32::from(c) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Whether Go prints a character as it is: of all spaces only the usual one, and marks.
fn printed(c: char) -> bool {
    let mark = ('\u{300}'..='\u{36f}').contains(&c);
    c == ' ' || c == '\'' || mark || !c.is_whitespace() && c.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(format: &str, json: &str) -> String {
        let operands = Value::from_json_str(json).unwrap();
        match sprintf(&[Value::from(format), operands]).unwrap() {
            Value::String(text) => text.to_string(),
            other => panic!("{other}"),
        }
    }

    /// The right sides are what OPA 1.22.2 prints.
    #[test]
    fn it_prints_what_opa_prints() {
        for (format, operands, expected) in [
            (
                "%q %t %T %T %T %T",
                r#"["x",true,1,"s",true,[1]]"#,
                "\"x\" %!t(string=true) int64 string string string",
            ),
            (
                "%+d %05d %-5d| %x %X %o %b %c %U",
                r#"[1,2,3,255,"q",8,5,65,66]"#,
                "+1 00002 3    | ff 71 10 101 A U+0042",
            ),
            (
                "%v %v %v %v",
                r#"[1.5,{"a":1,"b":["c"]},["x",2],null]"#,
                "1.5 {\"a\": 1, \"b\": [\"c\"]} [\"x\", 2] null",
            ),
            ("%d", r#"["x"]"#, "%!d(string=x)"),
            ("%d %d", "[1]", "1 %!d(MISSING)"),
            ("%d", r#"[1,"a"]"#, "1%!(EXTRA string=a)"),
            (
                "%v %s %f %.2f %e %g %6.2f|",
                "[1000000,12,1.5,2.345,12345.678,0.00001,3.14159]",
                "1000000 %!s(int64=12) 1.500000 2.35 1.234568e+04 1e-05   3.14|",
            ),
            (
                "%10s|%-10s|%.2s|%#v|%#x",
                r#"["ab","ab","abcdef","q",255]"#,
                "        ab|ab        |ab|\"q\"|0xff",
            ),
            ("%v", "[12345678901234567890]", "12345678901234567890"),
            ("%[2]d %[1]d %d", "[1,2]", "2 1 2"),
            ("%*d|", "[5,42]", "   42|"),
            ("%s", r#"[["a\n\"b","ü"]]"#, "[\"a\\n\\\"b\", \"ü\"]"),
            ("%v", "[0.1]", "0.1"),
            ("%d", "[1.5]", "%!d(float64=1.5)"),
            ("no verbs 100%%", "[]", "no verbs 100%"),
            (
                "%6d|%-6d|% d|%+.1f|%x|%5t|%q|%q",
                r#"[42,42,42,1.25,"hello",true,65,["a"]]"#,
                "    42|42    | 42|+1.2|68656c6c6f|%!t(string= true)|'A'|\"[\\\"a\\\"]\"",
            ),
        ] {
            assert_eq!(shown(format, operands), expected, "{format}");
        }
        assert!(
            sprintf(&[Value::from("%999999999d"), Value::from(vec![Value::from(1_u64)])]).is_err()
        );
    }
}
