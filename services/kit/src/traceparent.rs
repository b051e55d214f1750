//! W3C trace context: the one header that ties the calls of a suite together.

use std::fmt;
use std::str::FromStr;

use crate::rpc::SERVING;

/// The `traceparent` of a call: which trace it belongs to and which span is its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// Names the whole trace; never all zero.
    pub trace_id: [u8; 16],
    /// Names the span; never all zero.
    pub span_id: [u8; 8],
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl TraceParent {
    /// The header that carries it.
    pub const HEADER: &str = "traceparent";

    /// Returns the trace id in hexadecimal, as logs and errors show it.
    pub fn trace(&self) -> String {
        hex::encode(self.trace_id)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        // The slices have exactly twice the length of the ids, so encoding cannot fail.
        let written = hex::encode_to_slice(self.trace_id, &mut text[3..35])
            .and_then(|()| hex::encode_to_slice(self.span_id, &mut text[36..52]));
        text[54] = if self.sampled { b'1' } else { b'0' };
        match (written, std::str::from_utf8(&text)) {
            (Ok(()), Ok(text)) => f.write_str(text),
            (Err(_), _) | (_, Err(_)) => Err(fmt::Error),
        }
    }
}

/// A `traceparent` header that does not follow the W3C form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a W3C traceparent")]
pub struct NotATraceParent;

impl FromStr for TraceParent {
    type Err = NotATraceParent;

    fn from_str(text: &str) -> Result<Self, NotATraceParent> {
        let bytes = text.as_bytes();
        let dashes = bytes.len() >= 55 && [2, 35, 52].iter().all(|at| bytes[*at] == b'-');
        // Version ff is forbidden; version 00 has nothing after the flags.
        if !dashes || &bytes[..2] == b"ff" || (&bytes[..2] == b"00" && bytes.len() != 55) {
            return Err(NotATraceParent);
        }
        let (mut trace_id, mut span_id, mut flags) = ([0; 16], [0; 8], [0; 1]);
        hex::decode_to_slice(&bytes[3..35], &mut trace_id).map_err(|_| NotATraceParent)?;
        hex::decode_to_slice(&bytes[36..52], &mut span_id).map_err(|_| NotATraceParent)?;
        hex::decode_to_slice(&bytes[53..55], &mut flags).map_err(|_| NotATraceParent)?;
        if trace_id == [0; 16] || span_id == [0; 8] {
            return Err(NotATraceParent);
        }
        Ok(Self { trace_id, span_id, sampled: flags[0] & 1 == 1 })
    }
}

/// Returns the trace context of the call that is being served by this task, if there is one.
pub fn current() -> Option<TraceParent> {
    SERVING.try_with(|serving| serving.parent).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_w3c_form() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent: TraceParent = text.parse().unwrap();
        assert_eq!(parent.to_string(), text);
        assert_eq!(parent.trace(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn refuses_what_the_standard_forbids() {
        for text in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert_eq!(text.parse::<TraceParent>(), Err(NotATraceParent), "{text}");
        }
    }
}
