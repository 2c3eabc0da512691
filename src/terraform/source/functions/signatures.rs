//! What each function takes: Terraform converts arguments to the types of parameters before it calls
//! (go-cty, package `function/stdlib`, and Terraform's `lang/funcs`).

use super::super::ty::Ty;
use super::super::val::Val;
use super::{FAILS, Halt, Out};

/// The type of a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Any,
    /// Null, too.
    Nullable,
    Text,
    Number,
    Booleans,
    Texts,
    List,
    Set,
}

use Want::{Any, Booleans, List, Nullable, Number, Set, Text, Texts};

/// Parameters, and the type of all further ones.
type Signature = (&'static [Want], Option<Want>);

fn signature(name: &str) -> Option<Signature> {
    Some(match name {
        "alltrue" | "anytrue" => (&[Booleans], None),
        "chunklist" => (&[List, Number], None),
        "coalesce" | "coalescelist" | "merge" => (&[], Some(Nullable)),
        "compact" | "sort" => (&[Texts], None),
        "concat" | "setproduct" => (&[], Some(Any)),
        "contains" | "index" => (&[Any, Any], None),
        "distinct" => (&[List], None),
        "element" => (&[Any, Number], None),
        "flatten" | "keys" | "length" | "one" | "reverse" | "sum" | "values" => (&[Any], None),
        "lookup" => (&[Any, Text], Some(Nullable)),
        "range" | "max" | "min" => (&[], Some(Number)),
        "slice" => (&[Any, Number, Number], None),
        "zipmap" => (&[Texts, Any], None),
        "nonsensitive" | "sensitive" | "ephemeralasnull" | "tobool" | "tolist" | "tomap"
        | "tonumber" | "toset" | "tostring" | "jsonencode" => (&[Nullable], None),
        "setintersection" | "setunion" => (&[Set], Some(Set)),
        "setsubtract" => (&[Set, Set], None),
        "basename" | "chomp" | "lower" | "strrev" | "title" | "trimspace" | "upper"
        | "base64decode" | "base64encode" | "jsondecode" | "cidrnetmask" => (&[Text], None),
        "endswith" | "split" | "startswith" | "strcontains" | "trim" | "trimprefix"
        | "trimsuffix" => (&[Text, Text], None),
        "format" | "formatlist" => (&[Text], Some(Nullable)),
        "indent" => (&[Number, Text], None),
        "join" => (&[Text], Some(Texts)),
        "replace" => (&[Text, Text, Text], None),
        "substr" => (&[Text, Number, Number], None),
        "abs" | "ceil" | "floor" | "signum" => (&[Number], None),
        "parseint" => (&[Any, Number], None),
        "pow" => (&[Number, Number], None),
        "cidrhost" => (&[Text, Number], None),
        "cidrsubnet" => (&[Text, Number, Number], None),
        "cidrsubnets" => (&[Text], Some(Number)),
        _ => return None,
    })
}

impl Want {
    fn ty(self) -> Ty {
        match self {
            Any | Nullable => Ty::Any,
            Text => Ty::String,
            Number => Ty::Number,
            Booleans => Ty::list(Ty::Bool),
            Texts => Ty::list(Ty::String),
            List => Ty::list(Ty::Any),
            Set => Ty::set(Ty::Any),
        }
    }
}

/// The arguments as the function gets them.
pub(super) fn prepared(name: &str, args: &[Val]) -> Out<Vec<Val>> {
    let (wants, rest) = signature(name).ok_or(Halt::NoSuchFunction)?;
    if args.len() < wants.len() || (rest.is_none() && args.len() > wants.len()) {
        return Err(FAILS);
    }
    args.iter()
        .enumerate()
        .map(|(at, value)| {
            let want = wants.get(at).copied().or(rest).ok_or(FAILS)?;
            match value.convert(&want.ty())? {
                Val::Null(_) if want != Nullable => Err(FAILS),
                value => Ok(value),
            }
        })
        .collect()
}
