//! Makes expressions by a grammar: mostly of fitting types, so that most of them have a value, and
//! now and then of another, since what Terraform refuses must not get one here.

/// Numbers that only look random (xorshift, Marsaglia 2003): a seed is a whole run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }

    fn in_hundred(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What an expression is meant to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sort {
    Text,
    Number,
    Bool,
    /// A tuple, list or set.
    Sequence,
    /// An object or map.
    Mapping,
}

const SORTS: [Sort; 5] = [Sort::Text, Sort::Number, Sort::Bool, Sort::Sequence, Sort::Mapping];

const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "A",
    "1",
    "10",
    "02",
    "true",
    "false",
    "1e3",
    "-0",
    "0.5",
    "null",
    "x-y z",
    "don't",
    "a,b,,c",
    "  a\t",
    "a\nb\n",
    "/etc/x/",
    "a/b",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "fd00::/8",
    "s3:*",
    "*",
    "{\"a\":1}",
    "[1,\"x\",null]",
    "YQ==",
    "%s-%d",
    "<&>",
    "\\q\"",
    "${x}",
    "%{x}",
];
const FOREIGN: &[&str] = &[
    "ß",
    "İ",
    "ı",
    "ǆ",
    "é",
    "e\u{301}",
    "\u{301}a",
    "Σας",
    "ﬁ",
    "日本",
    "🙂",
    "👨‍👩‍👧",
    "K",
    "Å",
    "\u{1100}\u{1161}",
    "ÿ",
    "ŉ",
    "\u{a0}x\u{a0}",
    "\u{2028}",
    "a\r\nb",
    "ḍ\u{307}",
    "Ⅷ",
    "ꙃ",
    "𝐚",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "-1",
    "22",
    "443",
    "65535",
    "0.5",
    "1.5",
    "0.1",
    "0.25",
    "1.0",
    "1e3",
    "100000",
    "1000000",
    "123456789012",
    "9007199254740993",
    "100000000000000000000",
    "18446744073709551615",
    "0.1000000000000000055511151231257827",
    "-2.5",
];
const CIDRS: &[&str] = &[
    "10.0.0.0/8",
    "10.1.2.3/16",
    "0.0.0.0/0",
    "192.168.1.0/24",
    "192.168.1.7/32",
    "fd00::/8",
    "2001:db8::/32",
    "::ffff:10.0.0.0/104",
    "010.0.0.0/8",
    "10.0.0.0/33",
    "10.0.0.0",
    "x/8",
];
const NAMES: &[&str] = &["a", "b", "c", "k", "x-1", "10", "é"];

/// Makes expressions.
pub(super) struct Grammar<'r> {
    pub(super) random: &'r mut Random,
    /// Expressions that may be named, with what they are meant to be.
    pub(super) named: Vec<(String, Sort)>,
    bound: usize,
}

/// A text of HCL.
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let text = text.replace('\r', "\\r").replace('\t', "\\t");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}

impl<'r> Grammar<'r> {
    pub(super) fn new(random: &'r mut Random) -> Self {
        Self { random, named: Vec::new(), bound: 0 }
    }

    /// Any expression.
    pub(super) fn any(&mut self, depth: usize) -> String {
        let sort = SORTS[self.random.below(SORTS.len())];
        self.make(sort, depth)
    }

    /// An expression that is mostly of a sort.
    pub(super) fn make(&mut self, sort: Sort, depth: usize) -> String {
        let sort = if self.random.in_hundred(5) { SORTS[self.random.below(5)] } else { sort };
        if self.random.in_hundred(2) {
            return self.random.of(&["null", "tostring(null)", "tolist(null)"]).to_owned();
        }
        let fitting: Vec<usize> =
            (0..self.named.len()).filter(|at| self.named[*at].1 == sort).collect();
        if !fitting.is_empty() && self.random.in_hundred(25) {
            return self.named[fitting[self.random.below(fitting.len())]].0.clone();
        }
        if depth == 0 {
            return self.leaf(sort);
        }
        match self.random.below(24) {
            0 => self.conditional(sort, depth - 1),
            1 => {
                let first = self.make(sort, depth - 1);
                format!("try({first}, {})", self.make(sort, depth - 1))
            }
            2 => {
                let items = self.items(sort, depth - 1);
                format!("[{items}][{}]", self.make(Sort::Number, 0))
            }
            3 => {
                let name = self.random.of(&NAMES[..4]);
                let value = self.make(sort, depth - 1);
                format!("{{ {name} = {value} }}.{}", self.random.of(&[name, name, name, "zz"]))
            }
            4 => {
                let args = self.arguments(sort, depth - 1);
                format!("coalesce({args})")
            }
            _ => match sort {
                Sort::Text => self.text(depth - 1),
                Sort::Number => self.number(depth - 1),
                Sort::Bool => self.boolean(depth - 1),
                Sort::Sequence => self.sequence(depth - 1),
                Sort::Mapping => self.mapping(depth - 1),
            },
        }
    }

    pub(super) fn leaf(&mut self, sort: Sort) -> String {
        match sort {
            Sort::Text => {
                let from = if self.random.in_hundred(12) { FOREIGN } else { TEXTS };
                let mut text = self.random.of(from).to_owned();
                if self.random.in_hundred(10) {
                    text.push_str(self.random.of(FOREIGN));
                }
                quoted(&text)
            }
            Sort::Number => self.random.of(NUMBERS).to_owned(),
            Sort::Bool => self.random.of(&["true", "false"]).to_owned(),
            Sort::Sequence => {
                let sort = SORTS[self.random.below(3)];
                let count = self.random.below(4);
                let items: Vec<String> = (0..count).map(|_| self.make(sort, 0)).collect();
                let made = format!("[{}]", items.join(", "));
                match self.random.below(4) {
                    0 => format!("toset({made})"),
                    1 => format!("tolist({made})"),
                    _ => made,
                }
            }
            Sort::Mapping => {
                let sort = SORTS[self.random.below(3)];
                let made = self.object(sort, 0);
                if self.random.in_hundred(25) { format!("tomap({made})") } else { made }
            }
        }
    }

    fn object(&mut self, sort: Sort, depth: usize) -> String {
        let mut entries = Vec::new();
        for _ in 0..self.random.below(4) {
            let key = match self.random.below(8) {
                0 => format!("({})", self.make(Sort::Text, depth)),
                _ => quoted(self.random.of(NAMES)),
            };
            entries.push(format!("{key} = {}", self.make(sort, depth)));
        }
        format!("{{ {} }}", entries.join(", "))
    }

    fn items(&mut self, sort: Sort, depth: usize) -> String {
        let count = self.random.below(4);
        (0..count).map(|_| self.make(sort, depth)).collect::<Vec<_>>().join(", ")
    }

    fn arguments(&mut self, sort: Sort, depth: usize) -> String {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| self.make(sort, depth)).collect::<Vec<_>>().join(", ")
    }

    /// A conditional whose arms may be of several sorts.
    fn conditional(&mut self, sort: Sort, depth: usize) -> String {
        let cond = self.make(Sort::Bool, depth);
        let chosen = self.make(sort, depth);
        let other =
            if self.random.in_hundred(30) { self.any(depth) } else { self.make(sort, depth) };
        match self.random.in_hundred(50) {
            true => format!("({cond} ? {chosen} : {other})"),
            false => format!("({cond} ? {other} : {chosen})"),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        let text = |grammar: &mut Self| grammar.make(Sort::Text, depth);
        match self.random.below(18) {
            0 => {
                let name = self.random.of(&[
                    "upper",
                    "lower",
                    "title",
                    "strrev",
                    "chomp",
                    "trimspace",
                    "base64encode",
                    "base64decode",
                    "basename",
                    "tostring",
                ]);
                format!("{name}({})", text(self))
            }
            1 => {
                let name = self.random.of(&["trim", "trimprefix", "trimsuffix"]);
                let first = text(self);
                format!("{name}({first}, {})", text(self))
            }
            2 => {
                let (of, what) = (text(self), text(self));
                format!("replace({of}, {what}, {})", text(self))
            }
            3 => {
                let (of, from) = (text(self), self.make(Sort::Number, 0));
                format!("substr({of}, {from}, {})", self.make(Sort::Number, 0))
            }
            4 | 5 => {
                let separator = self.leaf(Sort::Text);
                format!("join({separator}, {})", self.make(Sort::Sequence, depth))
            }
            6 => {
                let spec = self.random.of(&[
                    "%s", "%d", "%v", "%q", "%%", "a%sb%s", "%05d", "%5d", "%x", "%s %v", "%t",
                    "%", "%#v", "%+d", "%.2f", "%-4s|", "%[1]s",
                ]);
                let mut args = quoted(spec);
                for _ in 0..spec.matches(['s', 'd', 'v', 'q', 'x', 't', 'f']).count().min(2) {
                    args.push_str(&format!(", {}", self.any(depth.min(1))));
                }
                format!("format({args})")
            }
            7 => {
                let width = self.random.of(&["0", "2", "4", "-1"]);
                format!("indent({width}, {})", text(self))
            }
            8 | 9 => format!("jsonencode({})", self.any(depth)),
            10 => format!("tostring({})", self.any(depth)),
            11 => {
                let cidr = quoted(self.random.of(CIDRS));
                match self.random.below(3) {
                    0 => format!("cidrhost({cidr}, {})", self.make(Sort::Number, 0)),
                    1 => format!("cidrnetmask({cidr})"),
                    _ => {
                        let bits = self.random.of(&["0", "1", "4", "8", "16", "33"]);
                        format!("cidrsubnet({cidr}, {bits}, {})", self.make(Sort::Number, 0))
                    }
                }
            }
            12 => {
                let list = self.make(Sort::Sequence, depth);
                format!("element({list}, {})", self.make(Sort::Number, 0))
            }
            13 => {
                let (map, key) = (self.make(Sort::Mapping, depth), quoted(self.random.of(NAMES)));
                let default = if self.random.in_hundred(70) {
                    format!(", {}", text(self))
                } else {
                    String::new()
                };
                format!("lookup({map}, {key}{default})")
            }
            14 => format!("one({})", self.make(Sort::Sequence, depth)),
            _ => self.template(depth),
        }
    }

    fn template(&mut self, depth: usize) -> String {
        let mut parts = String::new();
        for _ in 0..=self.random.below(3) {
            let literal = quoted(self.random.of(&["", "a", " ", " x", "\n", "é", "\u{301}", "-"]));
            parts.push_str(literal.trim_matches('"'));
            let inner = self.any(depth);
            match self.random.below(6) {
                0 => {
                    let cond = self.make(Sort::Bool, depth.min(1));
                    parts.push_str(&format!(
                        "%{{ if {cond} }}${{{inner}}} y%{{ else ~}} n%{{ endif }}"
                    ));
                }
                1 => {
                    let of = self.make(Sort::Sequence, depth);
                    parts.push_str(&format!("%{{ for t in {of} ~}} ${{t}},%{{ endfor }}"));
                }
                2 => parts.push_str(&format!("${{~ {inner} ~}}")),
                _ => parts.push_str(&format!("${{{inner}}}")),
            }
        }
        format!("\"{parts}\"")
    }

    fn number(&mut self, depth: usize) -> String {
        let number = |grammar: &mut Self| grammar.make(Sort::Number, depth);
        match self.random.below(11) {
            0..=3 => {
                let left = number(self);
                let operator = self.random.of(&["+", "-", "*", "/", "%"]);
                format!("({left} {operator} {})", number(self))
            }
            4 => {
                let name = self.random.of(&["abs", "ceil", "floor", "signum", "tonumber", "-"]);
                format!("{name}({})", number(self))
            }
            5 => {
                let name = self.random.of(&["max", "min"]);
                format!("{name}({})", self.arguments(Sort::Number, depth))
            }
            6 => {
                let base = self.random.of(&["10", "16", "2", "36", "62", "1"]);
                format!("parseint({}, {base})", self.make(Sort::Text, depth))
            }
            7 => {
                let base = number(self);
                format!("pow({base}, {})", self.make(Sort::Number, 0))
            }
            8 => format!("sum({})", self.make(Sort::Sequence, depth)),
            9 => format!("length({})", self.any(depth)),
            _ => {
                let list = self.make(Sort::Sequence, depth);
                format!("index({list}, {})", self.any(0))
            }
        }
    }

    fn boolean(&mut self, depth: usize) -> String {
        match self.random.below(12) {
            0..=2 => {
                let sort = SORTS[self.random.below(5)];
                let left = self.make(sort, depth);
                let right =
                    if self.random.in_hundred(20) { left.clone() } else { self.make(sort, depth) };
                format!("({left} {} {right})", self.random.of(&["==", "!="]))
            }
            3 | 4 => {
                let left = self.make(Sort::Number, depth);
                let operator = self.random.of(&["<", "<=", ">", ">="]);
                format!("({left} {operator} {})", self.make(Sort::Number, depth))
            }
            5 | 6 => {
                let left = self.make(Sort::Bool, depth);
                let operator = self.random.of(&["&&", "||"]);
                format!("({left} {operator} {})", self.make(Sort::Bool, depth))
            }
            7 => format!("!{}", self.make(Sort::Bool, depth)),
            8 => {
                let list = self.make(Sort::Sequence, depth);
                format!("contains({list}, {})", self.any(depth.min(1)))
            }
            9 => format!("can({})", self.any(depth)),
            10 => {
                let name = self.random.of(&["alltrue", "anytrue"]);
                format!("{name}([{}])", self.items(Sort::Bool, depth))
            }
            _ => {
                let name = self.random.of(&["startswith", "endswith", "strcontains"]);
                let of = self.make(Sort::Text, depth);
                format!("{name}({of}, {})", self.make(Sort::Text, 0))
            }
        }
    }

    fn sequence(&mut self, depth: usize) -> String {
        let sort = SORTS[self.random.below(5)];
        let list = |grammar: &mut Self| grammar.make(Sort::Sequence, depth);
        match self.random.below(22) {
            0..=2 => format!("[{}]", self.items(sort, depth)),
            3 => format!("[{}, {}]", self.any(depth), self.any(depth)),
            4 | 5 => {
                let name = self
                    .random
                    .of(&["tolist", "toset", "compact", "distinct", "flatten", "reverse", "sort"]);
                format!("{name}({})", list(self))
            }
            6 => format!("concat({})", self.arguments(Sort::Sequence, depth)),
            7 => {
                let name = self.random.of(&["keys", "values"]);
                format!("{name}({})", self.make(Sort::Mapping, depth))
            }
            8 => format!("range({})", self.arguments(Sort::Number, 0)),
            9 => {
                let (of, from) = (list(self), self.random.of(&["0", "1", "2"]));
                format!("slice({of}, {from}, {})", self.random.of(&["1", "2", "3"]))
            }
            10 => {
                let of = list(self);
                format!("chunklist({of}, {})", self.random.of(&["0", "1", "2", "-1"]))
            }
            11 => {
                let separator = quoted(self.random.of(&[",", "", "a", "-"]));
                format!("split({separator}, {})", self.make(Sort::Text, depth))
            }
            12 => {
                let spec = quoted(self.random.of(&["%s", "%v-%s", "%d", "x"]));
                format!("formatlist({spec}, {})", self.arguments(Sort::Sequence, depth))
            }
            13 => {
                let name = self.random.of(&["setunion", "setintersection", "setproduct"]);
                format!("{name}({})", self.arguments(Sort::Sequence, depth))
            }
            14 => {
                let from = list(self);
                format!("setsubtract({from}, {})", list(self))
            }
            15 => {
                let cidr = quoted(self.random.of(CIDRS));
                format!(
                    "cidrsubnets({cidr}, {})",
                    self.random.of(&["4", "1, 1", "4, 8, 4", "2, 2, 2, 2, 2", "0"])
                )
            }
            16 => format!("coalescelist({})", self.arguments(Sort::Sequence, depth)),
            17 | 18 => self.comprehension(depth, false),
            19 => self.splat(depth),
            _ => self.decoded(depth),
        }
    }

    fn mapping(&mut self, depth: usize) -> String {
        let sort = SORTS[self.random.below(5)];
        match self.random.below(9) {
            0..=2 => self.object(sort, depth),
            3 => format!("tomap({})", self.make(Sort::Mapping, depth)),
            4 => format!("merge({})", self.arguments(Sort::Mapping, depth)),
            5 => {
                let keys = self.make(Sort::Sequence, depth);
                format!("zipmap({keys}, {})", self.make(Sort::Sequence, depth))
            }
            6 | 7 => self.comprehension(depth, true),
            _ => self.decoded(depth),
        }
    }

    fn decoded(&mut self, depth: usize) -> String {
        let json = self.random.of(&[
            "[1, 2.5, \"x\"]",
            "{\"a\": [1, null], \"b\": {\"c\": true}}",
            "[100000000000000000001]",
            "{\"a\": 1, \"a\": 2}",
            "[-0]",
            "[1e2, 0.1]",
            "\"\\ud800\"",
            "nope",
            "[1] x",
            "{\"e\u{301}\": \"e\u{301}\"}",
        ]);
        match self.random.in_hundred(50) {
            true => format!("jsondecode({})", quoted(json)),
            false => format!("jsondecode(jsonencode({}))", self.any(depth)),
        }
    }

    fn comprehension(&mut self, depth: usize, object: bool) -> String {
        let of = if self.random.in_hundred(70) { Sort::Sequence } else { Sort::Mapping };
        let collection = self.make(of, depth);
        let (key, value) = (format!("k{}", self.bound), format!("v{}", self.bound));
        self.bound += 1;
        let before = self.named.len();
        let keyed = object || self.random.in_hundred(40);
        if keyed {
            self.named
                .push((key.clone(), if of == Sort::Mapping { Sort::Text } else { Sort::Number }));
        }
        self.named.push((value.clone(), SORTS[self.random.below(5)]));
        let result = match self.random.in_hundred(50) {
            true => value.clone(),
            false => self.any(depth.min(1)),
        };
        let cond = match self.random.in_hundred(30) {
            true => format!(" if {}", self.make(Sort::Bool, depth.min(1))),
            false => String::new(),
        };
        let names = if keyed { format!("{key}, {value}") } else { value.clone() };
        let made = if object {
            let by = if self.random.in_hundred(60) { key } else { format!("\"${{{value}}}\"") };
            let group = if self.random.in_hundred(25) { "..." } else { "" };
            format!("{{ for {names} in {collection} : {by} => {result}{group}{cond} }}")
        } else {
            format!("[for {names} in {collection} : {result}{cond}]")
        };
        self.named.truncate(before);
        self.bound -= 1;
        made
    }

    fn splat(&mut self, depth: usize) -> String {
        let name = self.random.of(&NAMES[..4]);
        let sort = SORTS[self.random.below(5)];
        let count = self.random.below(3);
        let objects: Vec<String> =
            (0..count).map(|_| format!("{{ {name} = {} }}", self.make(sort, depth))).collect();
        let mut of = format!("[{}]", objects.join(", "));
        match self.random.below(5) {
            0 => of = format!("tolist({of})"),
            1 => of = format!("toset({of})"),
            2 => of = format!("({})", self.any(depth)),
            _ => {}
        }
        let path = self.random.of(&["", "", ".0", "[0]", ".zz"]);
        match self.random.in_hundred(50) {
            true => format!("{of}[*].{name}{}", path),
            false => format!("{of}.*.{name}{path}"),
        }
    }
}
