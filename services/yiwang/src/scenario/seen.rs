//! What scenarios have made use of: rpcs, events, refusals, and every value of an enumeration that appeared.

use std::collections::BTreeSet;

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, Kind, Value};

use crate::screen::pool;

/// What was made use of. Names are those of the contract, so that what is new there and used nowhere is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Rpcs that were carried out, as `accept_dispute`.
    pub rpcs: BTreeSet<String>,
    /// Events, as `DisputeAccepted`.
    pub events: BTreeSet<String>,
    /// Reasons of refusals, as `ILLEGAL_TRANSITION`.
    pub refusals: BTreeSet<String>,
    /// Values of enumerations, as `yiwang.dispatch.v1.OutcomeKind/OUTCOME_KIND_REFERRED`.
    pub values: BTreeSet<String>,
}

impl Seen {
    /// Adds what another scenario has made use of.
    pub fn add(&mut self, other: Seen) {
        self.rpcs.extend(other.rpcs);
        self.events.extend(other.events);
        self.refusals.extend(other.refusals);
        self.values.extend(other.values);
    }

    /// Notes every value of an enumeration in a message.
    pub(super) fn message<M: Message + Name>(&mut self, message: &M) {
        self.encoded(&M::full_name(), &message.encode_to_vec());
    }

    /// Notes every value of an enumeration in a message of that name.
    pub(super) fn encoded(&mut self, name: &str, bytes: &[u8]) {
        let descriptor = pool().get_message_by_name(name);
        let message =
            descriptor.and_then(|descriptor| DynamicMessage::decode(descriptor, bytes).ok());
        if let Some(message) = message {
            self.dynamic(&message);
        }
    }

    fn dynamic(&mut self, message: &DynamicMessage) {
        for (field, value) in message.fields() {
            self.value(&field.kind(), value);
        }
    }

    fn value(&mut self, kind: &Kind, value: &Value) {
        match (kind, value) {
            (_, Value::List(values)) => values.iter().for_each(|value| self.value(kind, value)),
            (_, Value::Message(message)) => self.dynamic(message),
            (Kind::Enum(kind), Value::EnumNumber(number)) => {
                if let Some(value) = kind.get_value(*number) {
                    self.values.insert(format!("{}/{}", kind.full_name(), value.name()));
                }
            }
            _ => {}
        }
    }
}
