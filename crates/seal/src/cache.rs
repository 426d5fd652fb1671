use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use time_and_chance::Time;

use crate::keys::DataKey;

/// What a node keeps of unwrapped data keys. Each is asked for anew after a minute: a rotation waits for longer than that
/// before it destroys a key, and a key that was destroyed is then forgotten everywhere.
#[derive(Default)]
pub(crate) struct Cache {
    by_id: HashMap<i64, Kept>,
    /// Each with when that was by the clock as well: it goes on while the machine is suspended, and nobody may seal with a key
    /// that was destroyed meanwhile.
    current: HashMap<String, (Kept, Time)>,
}

struct Kept {
    key: Arc<DataKey>,
    since: Instant,
}

/// How long a key is kept.
pub(crate) const KEPT: Duration = Duration::from_mins(1);
/// About 500 bytes each.
const MOST: usize = 20_000;

impl Cache {
    pub fn by_id(&self, id: i64) -> Option<Arc<DataKey>> {
        self.by_id.get(&id).and_then(Kept::fresh)
    }

    pub fn current(&self, subject: &str, when: Time) -> Option<Arc<DataKey>> {
        let (kept, since) = self.current.get(subject)?;
        kept.fresh().filter(|_| *since <= when && when.since(*since) < KEPT)
    }

    pub fn keep(&mut self, key: &Arc<DataKey>) {
        make_room(&mut self.by_id, |kept| kept);
        self.by_id.insert(key.id, Kept::now(key));
    }

    pub fn keep_current(&mut self, key: &Arc<DataKey>, when: Time) {
        make_room(&mut self.current, |(kept, _)| kept);
        self.current.insert(key.subject.clone(), (Kept::now(key), when));
    }

    pub fn forget(&mut self, subject: &str) {
        self.current.remove(subject);
        self.by_id.retain(|_, kept| kept.key.subject != subject);
    }
}

impl Kept {
    fn now(key: &Arc<DataKey>) -> Self {
        Self { key: Arc::clone(key), since: Instant::now() }
    }

    fn fresh(&self) -> Option<Arc<DataKey>> {
        (self.since.elapsed() < KEPT).then(|| Arc::clone(&self.key))
    }
}

/// What is too old goes first; if that is not enough, everything does.
fn make_room<K, V>(keys: &mut HashMap<K, V>, kept: impl Fn(&V) -> &Kept) {
    if keys.len() >= MOST {
        keys.retain(|_, key| kept(key).fresh().is_some());
    }
    if keys.len() >= MOST {
        keys.clear();
    }
}
