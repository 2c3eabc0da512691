//! What looks like a secret: forms that keys have, names that secrets have, scripts that set them.
//!
//! Nothing here returns a piece of what it looked at: a hit is words of ours and no more.

pub(crate) mod forms;
pub(crate) mod names;
pub(crate) mod scripts;
pub(crate) mod walk;
