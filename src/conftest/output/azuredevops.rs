//! `azuredevops`: commands of Azure's pipelines.
//!
//! As in `github`, a message cannot give a command of its own: the agent finds `##vso[` anywhere.

use super::super::Checked;
use super::totals;

pub(super) fn render(results: &[Checked]) -> String {
    let mut out = String::new();
    for checked in results {
        let file = tame(&checked.file);
        out.push_str(&format!(
            "##[section]Testing '{file}' against {} policies in namespace '{}'\n",
            checked.tests(),
            checked.namespace
        ));
        out.push_str("##[group]See conftest results\n");
        for (kind, entries) in [
            ("error", &checked.failures),
            ("warning", &checked.warnings),
            ("warning", &checked.exceptions),
        ] {
            for entry in entries {
                let message = tame(&entry.msg);
                out.push_str(&format!(
                    "##vso[task.logissue type={kind}] file={file} --> {message}\n"
                ));
            }
        }
        for entry in &checked.skipped {
            out.push_str(&format!("skipped file={file} {}\n", tame(&entry.msg)));
        }
        if checked.successes > 0 {
            out.push_str(&format!("success file={file} {}\n", checked.successes));
        }
        out.push_str("##[endgroup]\n");
    }
    out.push_str(&totals(results));
    out.push('\n');
    out
}

/// Breaks what the agent takes for a command.
fn tame(text: &str) -> String {
    text.replace("##vso[", "## vso[").replace("##[", "## [")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_message_gives_no_command() {
        assert_eq!(super::tame("a ##vso[task.complete]\n##[x"), "a ## vso[task.complete]\n## [x");
    }
}
