//! Opened details: read and decrypted only after the opening is on record.

use kit::Problem;
use ledger::{DbError, WrappedKey};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::details;
use crate::domain::dispute::subject;
use crate::error::DOMAIN;
use crate::project::SealedPiece;
use crate::store::{self, StoredPiece};

impl Disputes {
    /// The pieces of a dispute that can still be opened; what was erased since is left out.
    pub(super) async fn pieces(
        &self,
        dispute: Uuid,
        ids: &[Uuid],
    ) -> Result<Vec<pb::OpenedPiece>, Problem> {
        let subject = subject(dispute);
        let trouble = |error: DbError| error.into_problem(DOMAIN);
        let mut stored = store::sealed(self.ledger.db(), dispute).await.map_err(trouble)?;
        let keys = self.ledger.keys().of_subject(&subject).await.map_err(trouble)?;
        let mut pieces = Vec::with_capacity(ids.len());
        for id in ids {
            let sealed_id = id.to_string();
            let piece = stored.remove(id).filter(|piece| !piece.ciphertext.is_empty());
            let key = keys.iter().find(|key| key.sealed_id == sealed_id);
            if let (Some(piece), Some(key)) = (piece, key) {
                pieces.push(self.piece(&subject, sealed_id, &piece, key)?);
            }
        }
        Ok(pieces)
    }

    fn piece(
        &self,
        subject: &str,
        sealed_id: String,
        stored: &StoredPiece,
        key: &WrappedKey,
    ) -> Result<pb::OpenedPiece, Problem> {
        let piece: SealedPiece =
            serde_json::from_str(&stored.body).map_err(|_| Problem::internal(DOMAIN))?;
        let plaintext = self.sealer.open(subject, &stored.ciphertext, key).map_err(|error| {
            tracing::error!(sealed.id = sealed_id, error = %error, "sealed details cannot be opened");
            Problem::internal(DOMAIN)
        })?;
        details::opened(sealed_id, &piece, &plaintext).ok_or_else(|| Problem::internal(DOMAIN))
    }
}
