use seal::{HOUSE, Vault};
use store::{Result, Tx, args};
use time_and_chance::{Chance, Time};

use crate::{JobId, PAYLOAD, Task};

const ENQUEUE: &str = "
    INSERT INTO jobs (id, kind, payload, created_at, run_at, attempts)
    VALUES {each ($, $, $, $, $, 0)}";

/// Puts tasks into the queue with the change that asks for them. They are due at once, and sealed until they are done.
pub async fn enqueue<T: Task>(
    tx: &mut Tx,
    vault: &Vault,
    when: Time,
    chance: &dyn Chance,
    tasks: &[T],
) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    let keys = vault.house(tx, when, chance).await?;
    let key = keys.of(HOUSE)?;
    let rows = tasks.iter().map(|task| {
        let id = JobId::new(when, chance);
        let payload = serde_json::to_vec(task).expect("a task is plain data");
        let sealed = key.seal_bytes(chance, PAYLOAD.of(id.as_str(), ""), &payload);
        args![&id, T::KIND, sealed, when, when]
    });
    tx.execute_later(ENQUEUE, &[], rows.collect()).await
}
