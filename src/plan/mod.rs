//! READ+NORMALISE a Terraform plan.

pub mod source;
