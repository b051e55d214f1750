//! Which commands each stage allows.

use super::{Offering, Stage};
use crate::domain::command::Verb;

impl Stage {
    /// Commands that are legal here. What else they need, each decides for itself.
    pub fn allowed(&self) -> &'static [Verb] {
        use Verb::{
            Accept, AcceptOffer, AddNote, CallTeam, Close, DeclineOffer, EraseDetails, OpenDetails,
            RecordArrival, RecordConsent, RecordFollowUp, RecordOutcome, Reject, StartMediation,
            Triage,
        };
        match self {
            Stage::Reported => &[Accept, Reject, AddNote, OpenDetails, EraseDetails],
            Stage::Rejected { .. } | Stage::Closed { .. } => &[OpenDetails, EraseDetails],
            Stage::Accepted { .. } => &[Triage, RecordOutcome, AddNote, OpenDetails, EraseDetails],
            Stage::Triaged(_) => {
                &[Triage, CallTeam, RecordOutcome, AddNote, OpenDetails, EraseDetails]
            }
            Stage::Called(call) => match call.offering {
                Offering::Open(_) => &[
                    CallTeam,
                    AcceptOffer,
                    DeclineOffer,
                    RecordOutcome,
                    AddNote,
                    OpenDetails,
                    EraseDetails,
                ],
                Offering::Nobody => &[CallTeam, RecordOutcome, AddNote, OpenDetails, EraseDetails],
            },
            Stage::UnderWay(_) => {
                &[DeclineOffer, RecordArrival, RecordOutcome, AddNote, OpenDetails, EraseDetails]
            }
            Stage::Arrived { .. } => {
                &[RecordConsent, StartMediation, RecordOutcome, AddNote, OpenDetails, EraseDetails]
            }
            Stage::Mediating { .. } => {
                &[RecordConsent, RecordOutcome, AddNote, OpenDetails, EraseDetails]
            }
            Stage::Concluded(_) => &[RecordFollowUp, Close, AddNote, OpenDetails, EraseDetails],
        }
    }
}
