use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Mutex as Turn, task::spawn_blocking, time::timeout};

/// Whose turn it is with each file that was worked with. These are the files that settings name: a few.
static TURNS: Mutex<BTreeMap<PathBuf, Arc<Turn<()>>>> = Mutex::new(BTreeMap::new());

/// Does something with a file in a thread of its own, and waits for it for so long. What hangs cannot be ended: it is left
/// alone, and nothing else is begun with that file until it has come to its end, so that it keeps one thread and not one for each
/// try.
///
/// # Errors
/// When it is not done in that time, be it that it was not begun; or when it has panicked.
pub async fn within<T: Send + 'static>(
    most: Duration,
    path: &Path,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let turn = turn_with(path);
    let done = timeout(most, async {
        let mine = turn.lock_owned().await;
        spawn_blocking(move || {
            let _until_it_is_done = mine;
            work()
        })
        .await
    });
    let Ok(done) = done.await else {
        let why = format!("its file system does not answer within {} s", most.as_secs_f64());
        return Err(io::Error::new(io::ErrorKind::TimedOut, why));
    };
    done.map_err(io::Error::other)
}

fn turn_with(path: &Path) -> Arc<Turn<()>> {
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(turns.entry(path.to_owned()).or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn what_hangs_is_left_alone_and_nothing_else_is_begun_with_that_file() {
        let begun = Arc::new(AtomicUsize::new(0));
        let (end, hangs) = mpsc::channel::<()>();
        let work = |begun: &Arc<AtomicUsize>| {
            let begun = Arc::clone(begun);
            move || begun.fetch_add(1, Ordering::SeqCst)
        };
        let hung = within(SHORT, Path::new("hung"), move || hangs.recv()).await.unwrap_err();
        assert_eq!(hung.to_string(), "its file system does not answer within 0.02 s");
        for _ in 0..3 {
            let waits = within(SHORT, Path::new("hung"), work(&begun)).await.unwrap_err();
            assert_eq!(waits.kind(), io::ErrorKind::TimedOut);
        }
        assert_eq!(begun.load(Ordering::SeqCst), 0);
        assert_eq!(within(LONG, Path::new("other"), work(&begun)).await.unwrap(), 0, "others do not wait");
        end.send(()).unwrap();
        assert_eq!(within(LONG, Path::new("hung"), work(&begun)).await.unwrap(), 1, "it has its turn again");
    }

    #[tokio::test]
    async fn who_panics_leaves_the_file_to_the_next() {
        let panicked = within(LONG, Path::new("panic"), || panic!("on purpose")).await;
        assert!(panicked.is_err());
        assert_eq!(within(LONG, Path::new("panic"), || 1).await.unwrap(), 1);
    }
}
