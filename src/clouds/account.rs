//! How a provider's configuration tells which account its resources are in.

/// Arguments of a provider's configuration.
pub struct Account {
    /// Lists of the only accounts that the provider may work in.
    pub only: &'static [&'static str],
    /// Flags that keep the provider from checking these lists.
    pub unchecked: &'static [&'static str],
    /// Blocks that switch to a role, and the argument with its ARN, which holds the account.
    pub roles: &'static [(&'static str, &'static str)],
    /// Arguments that have no influence on the account. Two configurations that differ in nothing
    /// else are about the same account.
    pub beside: &'static [&'static str],
}
