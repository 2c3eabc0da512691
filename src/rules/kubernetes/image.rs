//! The functions about image references that rules have in CEL and a cluster has not.

use cel::common::types::{CelBool, CelString, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError};

use crate::images::Image;

/// The functions of CEL that this file adds.
pub(super) const FUNCTIONS: [&str; 5] =
    ["imageIsValid", "imageName", "imageTag", "imageDigest", "imageIsBelow"];

/// Declares them.
pub(super) fn declare(env: &mut Env) -> Result<(), cel::DeclarationError> {
    fn one(
        args: &[CowVal<'_, '_>],
        read: impl Fn(&Image) -> String,
    ) -> Result<CowVal<'static, 'static>, ExecutionError> {
        let text = args.first().and_then(|arg| arg.downcast_ref::<CelString<'_>>());
        let image = text.and_then(|text| Image::parse(text.inner()));
        Ok(CowVal::owned(CelString::from(image.as_ref().map(read).unwrap_or_default())))
    }
    env.add_overload("imageIsValid", "image_is_valid", vec![STRING_TYPE], |args| {
        let text = args.first().and_then(|arg| arg.downcast_ref::<CelString<'_>>());
        let valid = text.is_some_and(|text| Image::parse(text.inner()).is_some());
        Ok(CowVal::owned(CelBool::from(valid)))
    })?;
    env.add_overload("imageName", "image_name", vec![STRING_TYPE], |args| one(&args, Image::name))?;
    env.add_overload("imageTag", "image_tag", vec![STRING_TYPE], |args| {
        one(&args, |image| image.tag.clone())
    })?;
    env.add_overload("imageDigest", "image_digest", vec![STRING_TYPE], |args| {
        one(&args, |image| image.digest.clone())
    })?;
    env.add_overload("imageIsBelow", "image_is_below", vec![STRING_TYPE, STRING_TYPE], |args| {
        let text = |i: usize| args.get(i).and_then(|arg| arg.downcast_ref::<CelString<'_>>());
        let below = match (text(0), text(1)) {
            (Some(image), Some(entry)) => {
                Image::parse(image.inner()).is_some_and(|image| image.is_below(entry.inner()))
            }
            _ => false,
        };
        Ok(CowVal::owned(CelBool::from(below)))
    })
}
