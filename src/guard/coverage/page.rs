//! Coverage as one HTML page that needs nothing else: no script, no font, no picture.

use super::sarif::Report;
use super::{State, Sums};
use crate::report::plain;

const STYLE: &str = "\
:root{color-scheme:light dark;--ok:#1a7f37;--via:#57ab5a;--part:#bf8700;--no:#cf222e;--line:#d0d7de;--soft:#656d76}
@media(prefers-color-scheme:dark){:root{--ok:#2ea043;--via:#7ee787;--part:#d29922;--no:#f85149;--line:#30363d;--soft:#8b949e}}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.big{font-size:3.5rem;font-weight:700;line-height:1.1}.soft{color:var(--soft)}
.bar{display:flex;height:1rem;border-radius:.25rem;overflow:hidden;border:1px solid var(--line)}
.bar i{display:block}.protected{background:var(--ok)}.through_parent{background:var(--via)}
.partial{background:var(--part)}.unprotected{background:var(--no)}
.key span{display:inline-block;width:.8rem;height:.8rem;border-radius:.15rem;margin:0 .3rem 0 1rem}
.key span:first-child{margin-left:0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
td,th{border-bottom:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top}
td.n{text-align:right;white-space:nowrap}.why td.n{width:4rem}td.bars{width:45%}code{font-size:.85rem;overflow-wrap:anywhere}
pre{margin:.3rem 0 0;font-size:.8rem;overflow-x:auto}.shut{color:var(--no);font-weight:600}
";

/// How many rows the page shows in full: a browser has to lay them out.
const SHOWN: usize = 2_000;

/// The page. `asked` is the share that is asked for, in percent.
#[must_use]
pub fn page(report: &Report<'_>, asked: Option<f64>) -> String {
    let coverage = report.coverage;
    let sums = &coverage.sums;
    let mut out = String::with_capacity(8_192);
    out.push_str(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Guard coverage</title>\n<style>\n",
    );
    out.push_str(STYLE);
    out.push_str("</style>\n</head>\n<body>\n<h1>Guard coverage</h1>\n");
    let files: Vec<String> = report.files.iter().map(|file| code(file)).collect();
    out.push_str(&format!("<p class=\"soft\">{}</p>\n", files.join(", ")));
    out.push_str(&format!(
        "<p class=\"big\">{} %</p>\n<p>{} of {} resources that Terraform manages are covered: only \
         Terraform and break-glass can change them.</p>\n",
        sums.percent(),
        sums.held(),
        sums.resources
    ));
    gates(report, asked, &mut out);
    out.push_str(&bar(sums));
    out.push_str(&key(sums));
    services(report, &mut out);
    causes(report, &mut out);
    rows(report, &mut out);
    out.push_str("</body>\n</html>\n");
    out
}

fn gates(report: &Report<'_>, asked: Option<f64>, out: &mut String) {
    if let Some(asked) = asked {
        let (class, word) = if report.below { ("shut", "below") } else { ("soft", "at least") };
        out.push_str(&format!("<p class=\"{class}\">That is {word} the required {asked} %.</p>\n"));
    }
    let Some(change) = report.change else { return };
    let class = if change.lowered && report.no_lower { "shut" } else { "soft" };
    let words = if change.lowered { "This plan lowers coverage" } else { "Before this plan" };
    out.push_str(&format!(
        "<p class=\"{class}\">{words}: it was {} %.</p>\n",
        change.percent_before
    ));
}

fn bar(sums: &Sums) -> String {
    let mut parts = String::new();
    for (state, count) in by_state(sums).into_iter().filter(|(_, count)| *count > 0) {
        // `flex-grow` shares the width out by the counts themselves: nothing is rounded here.
        parts.push_str(&format!(
            "<i class=\"{}\" style=\"flex:{count} 0 0\" title=\"{}: {count}\"></i>",
            state.name(),
            word(state)
        ));
    }
    format!(
        "<div class=\"bar\" role=\"img\" aria-label=\"{} of {} covered\">{parts}</div>\n",
        sums.held(),
        sums.resources
    )
}

fn key(sums: &Sums) -> String {
    let parts = by_state(sums).map(|(state, count)| {
        format!("<span class=\"{}\"></span>{} {count}", state.name(), word(state))
    });
    format!("<p class=\"key\">{}</p>\n", parts.join(""))
}

fn by_state(sums: &Sums) -> [(State, usize); 4] {
    [
        (State::Protected, sums.protected),
        (State::ThroughParent, sums.through_parent),
        (State::Partial, sums.partial),
        (State::Unprotected, sums.unprotected),
    ]
}

fn word(state: State) -> &'static str {
    match state {
        State::Protected => "protected",
        State::ThroughParent => "protected through a parent",
        State::Partial => "partially protected",
        State::Unprotected => "unprotected",
    }
}

fn services(report: &Report<'_>, out: &mut String) {
    out.push_str("<h2>By service</h2>\n<table class=\"services\">\n");
    for (service, sums) in report.coverage.services() {
        let name = if service.is_empty() { "(unknown)" } else { service };
        out.push_str(&format!(
            "<tr><td>{}</td><td class=\"n\">{} of {}</td><td class=\"n\">{} %</td>\
             <td class=\"bars\">{}</td></tr>\n",
            escape(name),
            sums.held(),
            sums.resources,
            sums.percent(),
            bar(&sums).trim_end()
        ));
    }
    out.push_str("</table>\n");
}

fn causes(report: &Report<'_>, out: &mut String) {
    let causes = report.coverage.causes();
    if causes.is_empty() {
        return;
    }
    out.push_str("<h2>Causes</h2>\n<table class=\"why\">\n");
    for (cause, count) in causes {
        out.push_str(&format!(
            "<tr><td class=\"n\">{count}</td><td><code>{}</code></td></tr>\n",
            cause.name()
        ));
    }
    out.push_str("</table>\n");
}

fn rows(report: &Report<'_>, out: &mut String) {
    let open: Vec<_> = report.coverage.rows.iter().filter(|row| !row.state.is_held()).collect();
    if open.is_empty() {
        return;
    }
    out.push_str("<h2>Resources not covered, and the smallest fix</h2>\n<table>\n");
    for row in open.iter().take(SHOWN) {
        let cause = row.cause.map(super::Cause::name).unwrap_or_default();
        let snippet = row.terraform.as_ref().map(|text| {
            let lines: Vec<String> = text.lines().map(escape).collect();
            format!("<pre>{}</pre>", lines.join("\n"))
        });
        out.push_str(&format!(
            "<tr><td>{}<br><span class=\"soft\">{cause}</span></td><td>{}<br>{}{}</td></tr>\n",
            code(&row.address),
            escape(&row.reason),
            escape(&row.fix),
            snippet.unwrap_or_default()
        ));
    }
    out.push_str("</table>\n");
    if open.len() > SHOWN {
        out.push_str(&format!(
            "<p class=\"soft\">... and {} more: <code>--format json</code> has all of them.</p>\n",
            open.len() - SHOWN
        ));
    }
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// What came with the input, as text and nothing else.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_gets_out_of_its_text() {
        assert_eq!(escape("a[\"<script>'&\"]"), "a[&quot;&lt;script&gt;&#39;&amp;&quot;]");
        assert_eq!(escape("a\u{202e}b\u{1b}"), "a\\u{202e}b\\u{1b}");
    }
}
