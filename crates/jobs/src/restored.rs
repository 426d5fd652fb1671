use store::{Result, Tx, args};

// Whoever had claimed a job when the backup was made isn't here, and its patience begins anew.
const UNCLAIM: &str = "UPDATE jobs SET claimed_until = NULL, first_tried_at = NULL";
const EVERY_TURN: &str = "DELETE FROM schedules";

/// Makes a queue that came out of a backup one of the present: claims are free, and every schedule's turn has come.
pub async fn restored(tx: &mut Tx) -> Result<()> {
    tx.execute(UNCLAIM, args![]).await?;
    tx.execute(EVERY_TURN, args![]).await.map(drop)
}
