//! Blocks that the plan's configuration leaves out: those of `dynamic`. Where their `for_each` is
//! unknown, the plan says no more than that the block is.

use super::standing::Standing;
use crate::clouds::blocks::Block;
use crate::model::value::{Unknown, Value};

/// Why a block is unknown that the configuration does not mention.
pub(super) fn why(name: &str, standing: Standing<'_>) -> Unknown {
    standing.explained(&format!("a `dynamic \"{name}\"` block may set it"))
}

/// Whether a block that the configuration does not mention, and that is unknown, comes from the
/// author. `kept` says that the provider keeps what was there before, so it does not fill it in.
pub(super) fn is_written(block: Block, standing: Standing<'_>, kept: bool) -> bool {
    // The plan alone does not tell; whoever spoils the source must not gain by it.
    !block.filled_in || kept || standing.is_refused()
}

/// Opens a hint about a block where the plan knows no number of blocks: there may be more of them
/// than the configuration mentions.
pub(super) fn opened(planned: &[&Value], hint: &mut Value, block: Block, standing: Standing<'_>) {
    let unknown = planned.iter().any(|value| matches!(value, Value::Unknown(_)));
    if unknown && let Value::List(list) = hint {
        list.rest.get_or_insert_with(|| why(block.name, standing));
    }
    let parts: Vec<&Value> = planned.iter().flat_map(|value| value.elements()).collect();
    let hints = match hint {
        Value::List(list) => list.items.as_mut_slice(),
        single => std::slice::from_mut(single),
    };
    for hint in hints {
        let Value::Object(object) = hint else { continue };
        for child in block.inner.iter() {
            let mut below: Vec<Value> =
                parts.iter().map(|part| part.get(child.name).into_owned()).collect();
            if unknown {
                below.push(Value::Unknown(why(child.name, standing)));
            }
            let below: Vec<&Value> = below.iter().collect();
            match object.entries.iter_mut().find(|(name, _)| name == child.name) {
                Some((_, hint)) => opened(&below, hint, child, standing),
                None => {
                    let unknown = below.iter().any(|value| matches!(value, Value::Unknown(_)));
                    if unknown && is_written(child, standing, false) {
                        object.insert(
                            child.name.to_owned(),
                            Value::Unknown(why(child.name, standing)),
                        );
                    }
                }
            }
        }
    }
}
