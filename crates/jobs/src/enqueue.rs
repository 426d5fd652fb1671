use store::{Result, Tx, args};
use time_and_chance::{Chance, Time};

use crate::{JobId, Task};

const ENQUEUE: &str = "
    INSERT INTO jobs (id, kind, payload, created_at, run_at, attempts)
    VALUES {each ($, $, $, $, $, 0)}";

/// Puts tasks into the queue with the change that asks for them. They are due at once.
pub async fn enqueue<T: Task>(tx: &mut Tx, when: Time, chance: &dyn Chance, tasks: &[T]) -> Result<()> {
    let rows = tasks.iter().map(|task| {
        let payload = serde_json::to_string(task).expect("a task is plain data");
        args![&JobId::new(when, chance), T::KIND, payload, when, when]
    });
    tx.execute_each(ENQUEUE, &[], rows.collect()).await.map(drop)
}
