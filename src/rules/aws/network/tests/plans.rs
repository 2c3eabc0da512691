//! The network rules over real plans, read roughly: the rules' own fixtures, and the cases with
//! answers when `HOLDPOINT_CASES` names their folder.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::*;

const ALL_RULES: [&str; 6] = [ADMIN, ALL, DATA, WIDE, DEFAULT, ACL];

fn read(path: &Path) -> Fake {
    let text = fs::read_to_string(path).expect("a readable file");
    Fake::from_plan(&serde_json::from_str::<Json>(&text).expect("JSON"))
}

/// The worst that one rule says of anything in a plan.
fn worst_of(fake: &Fake, id: &str) -> Option<Outcome> {
    let types = &rule(id).meta.types;
    let own = fake.addresses().into_iter().filter(|(_, kind)| types.iter().any(|t| t == kind));
    let answers = own.flat_map(|(address, _)| fake.ask(rule(id), address));
    worst(&answers.collect::<Vec<_>>())
}

#[test]
fn each_fixture_says_what_its_name_says() {
    for id in ALL_RULES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules").join(id);
        let mut seen = [false; 3];
        for entry in fs::read_dir(&folder).expect("a folder for each rule") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
            // This reader follows no lists of groups; tests/rules asks the real one.
            if name.contains(".groups_of_") {
                continue;
            }
            let (slot, expected) = match name.split('.').next() {
                Some("block") => (0, VIOLATED),
                Some("pass") => (1, None),
                Some("undetermined") => (2, UNDETERMINED),
                _ => panic!("{id}/{name} is none of block, pass, undetermined"),
            };
            seen[slot] = true;
            assert_eq!(worst_of(&read(&path), id), expected, "{id}/{name}");
        }
        assert_eq!(seen, [true; 3], "{id} has a fixture of each kind");
    }
}

#[test]
fn the_cases_get_their_answers() {
    let Some(folder) = std::env::var_os("HOLDPOINT_CASES") else {
        return;
    };
    let folder = Path::new(&folder).join("sg");
    let fake = read(&folder.join("tfplan.json"));
    let answers = fs::read_to_string(folder.join("answers.tsv")).expect("answers");
    for line in answers.lines().skip(1) {
        let mut fields = line.split('\t');
        let (address, expected) = (fields.next().expect("an address"), fields.next());
        let kind = address.split('.').next().expect("a type");
        let mut found = Vec::new();
        for id in ALL_RULES {
            if rule(id).meta.types.iter().any(|t| t == kind) {
                found.extend(fake.ask(rule(id), address));
            }
        }
        let said = match worst(&found) {
            None => "ok",
            Some(Outcome::Violated) => "block",
            Some(Outcome::Undetermined) => "undetermined",
        };
        assert_eq!(Some(said), expected, "{address}");
    }
}
