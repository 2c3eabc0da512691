//! Which of conftest's parsers would read a file, by its name; and what to do where it is one that
//! holdpoint does not have.

/// A parser of conftest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parser {
    /// JSON.
    Json,
    /// YAML, which JSON is too.
    Yaml,
    /// One that is not here.
    Other(&'static str),
}

/// The parsers that are not here; their names are also the extensions of the files that they read.
fn unsupported() -> impl Iterator<Item = &'static str> {
    include_str!("unsupported-parsers.txt").lines().filter(|line| !line.starts_with('#'))
}

/// Extensions of files that differ from the name of their parser.
const ENDINGS: &[(&str, &str)] = &[
    ("hcl", "hcl2"),
    ("tf", "hcl2"),
    ("tfvars", "hcl2"),
    ("gitignore", "ignore"),
    ("dockerignore", "ignore"),
    ("env", "dotenv"),
    ("textpb", "textproto"),
];

impl Parser {
    /// The parser of this name; none when conftest has none either.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "yaml" => Some(Self::Yaml),
            other => unsupported().find(|parser| *parser == other).map(Self::Other),
        }
    }

    /// The parser that conftest takes for a file of this path; none when it takes none. Standard
    /// input is YAML.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        if path == "-" {
            return Some(Self::Yaml);
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let whole = |base: &str| {
            name == base || name.strip_prefix(base).is_some_and(|rest| rest.starts_with('.'))
        };
        if whole("dockerfile") {
            return Some(Self::Other("dockerfile"));
        }
        if matches!(ending, "yml" | "yaml") {
            return Some(Self::Yaml);
        }
        if let Some((_, parser)) = ENDINGS.iter().find(|(suffix, _)| *suffix == ending) {
            return Some(Self::Other(parser));
        }
        if whole(".env") {
            return Some(Self::Other("dotenv"));
        }
        match name.as_str() {
            "nginx.conf" => return Some(Self::Other("nginx")),
            "codeowners" => return Some(Self::Other("codeowners")),
            _ if whole("jenkinsfile") => return Some(Self::Other("groovy")),
            _ => {}
        }
        Self::named(ending)
    }
}

/// What to use instead of a parser that is not here.
#[must_use]
pub fn instead(parser: &str) -> &'static str {
    match parser {
        "hcl1" | "hcl2" => {
            "test the plan instead, `terraform show -json tfplan > tfplan.json`, or skip the file with \
             --ignore"
        }
        "toml" | "xml" | "ini" | "properties" => {
            "convert the file first, for example `yq -o json FILE | holdpoint conftest test -`, or \
             skip it with --ignore"
        }
        "jsonc" => "remove the comments from the file, or skip it with --ignore",
        "jsonnet" => "render it first, `jsonnet FILE | holdpoint conftest test -`",
        "cue" => "export it first, `cue export FILE | holdpoint conftest test -`",
        "cyclonedx" | "spdx" => "pass its JSON form with `--parser json`",
        _ => "convert the file to JSON or YAML first, or skip it with --ignore",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_parser_that_conftest_takes() {
        for (path, parser) in [
            ("-", Some(Parser::Yaml)),
            ("a/plan.JSON", Some(Parser::Json)),
            ("a.yml", Some(Parser::Yaml)),
            ("main.tf", Some(Parser::Other("hcl2"))),
            ("Dockerfile", Some(Parser::Other("dockerfile"))),
            ("Dockerfile.debug", Some(Parser::Other("dockerfile"))),
            ("dev.dockerfile", Some(Parser::Other("dockerfile"))),
            (".env.prod", Some(Parser::Other("dotenv"))),
            ("x/.gitignore", Some(Parser::Other("ignore"))),
            ("x.toml", Some(Parser::Other("toml"))),
            ("Jenkinsfile.prod", Some(Parser::Other("groovy"))),
            ("CODEOWNERS", Some(Parser::Other("codeowners"))),
            ("README.md", None),
            ("a.json/README", None),
            ("plan", None),
        ] {
            assert_eq!(Parser::of(path), parser, "{path}");
        }
        assert_eq!(Parser::named("jsonx"), None);
    }
}
