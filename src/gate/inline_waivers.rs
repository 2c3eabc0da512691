//! Waivers in the comments of manifests.

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::decide::{self, Chosen, Config, Inline};
use crate::manifest::{File, Manifests};
use crate::model::finding::WaiverUse;
use crate::model::raised::Evaluation;

/// What comments waive, file by file: those that count.
pub(super) fn waivers(
    manifests: &Manifests,
    config: &Config,
    today: Date,
    ids: &[&str],
    notices: &mut Vec<String>,
) -> Vec<Vec<(u32, Inline)>> {
    let cap = config.gate.max_waiver_days;
    let mut barred = 0;
    let mut all = Vec::new();
    for file in &manifests.files {
        let mut own = Vec::new();
        for comment in file.comments() {
            let place = format!("{}:{}", file.name, comment.line);
            match decide::inline(&comment.text, &place, today, cap, ids) {
                None => {}
                Some(_) if !config.manifests.inline_waivers => barred += 1,
                Some(Ok(waiver)) => own.push((comment.about, waiver)),
                Some(Err(why)) => notices.push(why),
            }
        }
        all.push(own);
    }
    if barred > 0 {
        notices.push(format!(
            "{barred} waiver comments are ignored: set `inline_waivers = true` under \
             `[manifests]` to allow them"
        ));
    }
    all
}

/// The answers of a file that its comments waive.
pub(super) fn waived(
    file: &File,
    evaluation: &Evaluation,
    chosen: &[Chosen],
    allowed: Vec<(u32, Inline)>,
    notices: &mut Vec<String>,
) -> FxHashMap<usize, WaiverUse> {
    let mut waived = FxHashMap::default();
    if allowed.is_empty() {
        return waived;
    }
    let mut used = vec![false; allowed.len()];
    for (number, raised) in evaluation.raised.iter().enumerate() {
        let object = file.objects.get(raised.subject.0 as usize);
        let rule = chosen.get(raised.rule).map(|one| one.meta.id.as_ref());
        let place = object.and_then(|own| file.locate(&own.address, &raised.answer.path));
        let line = place.map(|(_, location)| location.line);
        for ((about, waiver), used) in allowed.iter().zip(&mut used) {
            if Some(*about) == line && Some(waiver.rule.as_str()) == rule {
                *used = true;
                waived.insert(number, waiver.waiver.clone());
            }
        }
    }
    for ((_, waiver), _) in allowed.iter().zip(used).filter(|(_, used)| !used) {
        let (place, rule) = (&waiver.waiver.ticket, &waiver.rule);
        notices.push(format!("{place}: a waiver of `{rule}` matches nothing: remove it"));
    }
    waived
}
