//! Opened details: read and decrypted only after the opening is on record.

use kit::Problem;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::details;
use crate::domain::dispute::subject;
use crate::error::DOMAIN;
use crate::project::SealedPiece;
use crate::store;

impl Disputes {
    /// The pieces of a dispute that can still be opened; what was erased since is left out.
    pub(super) async fn pieces(
        &self,
        dispute: Uuid,
        ids: &[Uuid],
    ) -> Result<Vec<pb::OpenedPiece>, Problem> {
        let mut pieces = Vec::with_capacity(ids.len());
        for id in ids {
            pieces.extend(self.piece(dispute, *id).await?);
        }
        Ok(pieces)
    }

    async fn piece(&self, dispute: Uuid, id: Uuid) -> Result<Option<pb::OpenedPiece>, Problem> {
        let sealed_id = id.to_string();
        let found = store::sealed(self.ledger.db(), id).await;
        let found = found.map_err(|error| error.into_problem(DOMAIN))?;
        let Some((body, ciphertext)) = found.filter(|(_, ciphertext)| !ciphertext.is_empty())
        else {
            return Ok(None);
        };
        let key = self.ledger.keys().get(&subject(dispute), &sealed_id).await;
        let Some(key) = key.map_err(|error| error.into_problem(DOMAIN))? else { return Ok(None) };
        let piece: SealedPiece =
            serde_json::from_str(&body).map_err(|_| Problem::internal(DOMAIN))?;
        let plaintext =
            self.sealer.open(&subject(dispute), &ciphertext, &key).map_err(|error| {
                tracing::error!(sealed.id = %id, error = %error, "sealed details cannot be opened");
                Problem::internal(DOMAIN)
            })?;
        details::opened(sealed_id, &piece, &plaintext)
            .map(Some)
            .ok_or_else(|| Problem::internal(DOMAIN))
    }
}
