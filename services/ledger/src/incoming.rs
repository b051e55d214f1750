//! Records of a followed log, each read once: by the follower, so that the one committer need not.

use prost::Message;
use yiwang_proto::feed::v1::{Header, Record};

use crate::authority::{CannotApply, Foreign};

/// The encoded message in a record's payload; empty when it was redacted.
pub(crate) fn message_in(payload: &[u8]) -> Result<Vec<u8>, prost::DecodeError> {
    match payload {
        [] => Ok(Vec::new()),
        bytes => prost_types::Any::decode(bytes).map(|any| any.value),
    }
}

/// A record of a followed log with what it says.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    /// As it came: if it is set aside, it is kept like this.
    pub(crate) record: Record,
    /// What it says, or as much of its header as can be read.
    foreign: Foreign,
    readable: bool,
}

impl Incoming {
    /// Reads a record. One whose header cannot be read still has its place in the log: `position`.
    pub(crate) fn read(record: Record, position: u64) -> Self {
        let header = Header::decode(record.header.as_slice());
        let payload = message_in(&record.payload);
        let readable = header.is_ok() && payload.is_ok();
        let header = header.unwrap_or_else(|_| Header { position, ..Header::default() });
        let foreign = Foreign { header, payload: payload.unwrap_or_default() };
        Incoming { record, foreign, readable }
    }

    /// Reads the records of a page that begins after a position.
    pub(crate) fn read_all(records: Vec<Record>, mut after: u64) -> Vec<Self> {
        let read = records.into_iter().map(|record| {
            let incoming = Incoming::read(record, after + 1);
            after = incoming.header().position;
            incoming
        });
        read.collect()
    }

    pub(crate) fn header(&self) -> &Header {
        &self.foreign.header
    }

    /// What it says, if all of it can be read.
    pub(crate) fn foreign(&self) -> Result<&Foreign, CannotApply> {
        if self.readable {
            Ok(&self.foreign)
        } else {
            Err(CannotApply::undecodable(&self.foreign.header.r#type))
        }
    }
}
