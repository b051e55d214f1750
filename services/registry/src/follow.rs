//! Registry follows no other service: what it keeps is what others rest on.

/// Services whose logs registry follows.
pub const FOLLOWS: &[&str] = &[];
